import { percent, perSecond, type Severity, seconds, text } from "../columns.ts";
import { defineConclusion } from "../view.ts";
import { type ProgressReport, paceIn, progressReports, withheldOf } from "./progress-reports.ts";

const { query, done, total, unit, elapsed_seconds, command, relation, phase, ...others } =
  progressReports.columns;

/** A phase that counts moves many times a second, also under the cost limit of autovacuum. */
const stalledAfterSeconds = 10;
const longStalledSeconds = 600;

/** What runs on all nodes and says how far it is: vacuums, index builds, base backups. */
export const progress = defineConclusion({
  name: "progress",
  title: "Progress",
  section: "maintenance",
  source: progressReports.source,
  needs: [progressReports],
  none: "nothing runs that reports its progress; a session with track_activities off reports none",
  rowKey: ["pid", "backend_start_text"],
  rowName: "pid",
  sortBy: "-elapsed_seconds",
  duration: "elapsed_seconds",
  withheld: withheldOf,
  lacks: (row, column) =>
    withheldOf(row) === null && row["unit"] === null && ["done", "total", "share", "rate"].includes(column),
  columns: {
    command,
    relation,
    phase,
    share: percent("%", { priority: 0.5, about: "DONE of TOTAL in this phase, not in the whole command" }),
    eta_seconds: seconds("ETA", {
      priority: 0.6,
      about: "time until this phase is done at this rate; empty while that is unknown or it is stalled",
    }),
    elapsed_seconds,
    stalled_seconds: seconds("STALLED", {
      priority: 0.7,
      about: `time since nothing moved, where that is ${stalledAfterSeconds} s or more in a phase that counts, or it waits for a lock`,
      severity: (still): Severity => (still >= longStalledSeconds ? "critical" : "warning"),
    }),
    run_by: text("BY", {
      ...{ priority: 1, maxWidth: 32 },
      about:
        "the role, or autovacuum; one that prevents wraparound does not give way to who waits for its lock",
    }),
    done,
    total,
    unit,
    rate: perSecond("RATE/s", {
      isRate: true,
      priority: 1.8,
      about: "UNIT a second, averaged over half a minute",
    }),
    ...others,
    usename: { ...others.usename, hidden: true },
    query,
  },
  rows: (fleet) =>
    fleet.nodes.flatMap(({ name: node }) =>
      // The rows are finished by the columns of the view.
      ((fleet.rows(progressReports, node) ?? []) as readonly ProgressReport[]).map((row) => {
        const { still_seconds, rate } = paceIn(fleet.sample(progressReports, node), row);
        const stalled_seconds = stalledFor(row, still_seconds);
        return {
          ...{ ...row, node, share: shareOf(row), rate, stalled_seconds, run_by: runBy(row) },
          eta_seconds: stalled_seconds === null ? etaOf(row, rate) : null,
        };
      }),
    ),
});

/** Null where it goes on, and where nothing tells. */
function stalledFor({ unit, wait, phase }: ProgressReport, still_seconds: number | null): number | null {
  if (wait?.startsWith("Lock:")) return still_seconds ?? 0;
  const counts = unit !== null || phase === "waiting for wal archiving to finish";
  return counts && still_seconds !== null && still_seconds >= stalledAfterSeconds ? still_seconds : null;
}

function shareOf({ done, total }: ProgressReport): number | null {
  if (done === null || total === null || total === 0n) return null;
  // A table may grow, and a size be estimated.
  return Math.min(100, (100 * Number(done)) / Number(total));
}

function etaOf({ done, total }: ProgressReport, rate: number | null): number | null {
  if (done === null || total === null || rate === null || rate <= 0 || done > total) return null;
  return Number(total - done) / rate;
}

function runBy({ backend_type, wraparound, usename }: ProgressReport): string | null {
  if (backend_type !== "autovacuum worker") return usename;
  return wraparound === true ? "autovacuum (to prevent wraparound)" : "autovacuum";
}
