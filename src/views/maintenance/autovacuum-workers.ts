import { bool, count, integer, percent, type Severity, text } from "../columns.ts";
import { type AskedWhere, defineConclusion, type FleetSamples, keyOf } from "../view.ts";
import { type AutovacuumBackend, autovacuumBackends } from "./autovacuum-backends.ts";
import { type ProgressReport, progressReports } from "./progress-reports.ts";
import { type VacuumRow, vacuum } from "./vacuum.ts";

const {
  pid,
  active,
  workers,
  max_workers,
  waiting_pids,
  query,
  hidden_processes,
  backend_start_text,
  ...others
} = autovacuumBackends.columns;
const { relation, phase } = progressReports.columns;

const rowKey = ["worker", "backend_start_text"] as const;
const whole = "autovacuum";

/** How many tables are due: without it the workers are told all the same. */
const dueTables: AskedWhere = {
  view: vacuum,
  onlyWhere: { view: autovacuumBackends, holds: () => true },
  isExtra: true,
};

/** Autovacuum of every server: its workers below it, what each does, and who waits for one. */
export const autovacuumWorkers = defineConclusion({
  name: "autovacuum_workers",
  title: "Autovacuum workers",
  section: "maintenance",
  source: `${autovacuumBackends.source}; ${progressReports.source}`,
  needs: [autovacuumBackends, progressReports],
  needsToo: [dueTables],
  rowKey,
  rowName: "worker",
  sortBy: "worker",
  duration: "elapsed_seconds",
  parent: ({ worker }) =>
    worker === whole ? null : keyOf({ rowKey }, { worker: whole, backend_start_text: null }),
  withheld: ({ worker, hidden_processes }) =>
    worker === whole && Number(hidden_processes) > 0 ? "durations" : null,
  lacks: ({ worker }, column) => (worker === whole) !== ofServer.has(column),
  columns: {
    worker: text("WORKER", {
      ...{ required: true, priority: 0, maxWidth: 14 },
      about: "autovacuum as a whole; below it its workers by their process ids",
    }),
    workers: integer("RUN", {
      ...{ priority: 0.4 },
      about: "workers that run; at MAX tables that are due wait for one to end",
      severity: (running, { max_workers: most }): Severity =>
        typeof most === "number" && running >= most ? "warning" : "ok",
    }),
    max_workers,
    due: count("DUE", {
      ...{ priority: 0.45 },
      about: "tables of all databases that are due, by the view vacuum; unknown until these have answered",
    }),
    active: bool("ON", {
      ...{ priority: 0.5 },
      about: "autovacuum and track_counts are on; off leaves vacuums against wraparound",
      severity: (on): Severity => (on ? "ok" : "warning"),
    }),
    relation,
    phase,
    share: percent("%", { priority: 0.7, about: "how much of this phase is done" }),
    waiting_pids: { ...waiting_pids, severity: (who): Severity => (who.length > 0 ? "warning" : "ok") },
    ...others,
    pid: { ...pid, hidden: true },
    hidden_processes,
    backend_start_text,
    query,
  },
  rows: (fleet) =>
    fleet.nodes.flatMap(({ name: node }) => {
      // The rows are finished by the columns of these views.
      const backends = (fleet.rows(autovacuumBackends, node) ?? []) as readonly AutovacuumBackend[];
      const reports = (fleet.rows(progressReports, node) ?? []) as readonly ProgressReport[];
      return backends.map((row) => {
        const own = reports.find((one) => one.pid === row.pid);
        const isKnown = row.pid !== null || row.hidden_processes === 0;
        return {
          ...{ ...row, node, worker: row.pid === null ? whole : String(row.pid) },
          workers: isKnown ? row.workers : null,
          due: row.pid === null ? dueOn(fleet, node) : null,
          ...{ relation: own?.relation ?? null, phase: own?.phase ?? null, share: shareOf(own) },
        };
      });
    }),
});

function shareOf(report: ProgressReport | undefined): number | null {
  const { done = null, total = null } = report ?? {};
  return done === null || total === null || total === 0n
    ? null
    : Math.min(100, (100 * Number(done)) / Number(total));
}

/** Null until every database that is asked has answered. */
function dueOn(fleet: FleetSamples, node: string): bigint | null {
  const sample = fleet.sample(vacuum, node);
  if (
    sample?.state !== "ok" ||
    sample.parts?.values().some((part) => part === null || part.state === "failed")
  )
    return null;
  const rows = (fleet.rows(vacuum, node) ?? []) as readonly VacuumRow[];
  return BigInt(rows.filter((row) => row.vacuum_due || row.analyze_due).length);
}

const ofServer: ReadonlySet<string> = new Set([
  ...[
    "workers",
    "max_workers",
    "due",
    "active",
    "naptime",
    "cost_delay_us",
    "cost_limit",
    "hidden_processes",
  ],
]);
