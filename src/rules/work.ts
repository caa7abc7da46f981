import type { Finding } from "../stats/alerts.ts";
import type { Reason } from "../stats/unknown.ts";
import { safeName } from "../text/text.ts";
import { archiving } from "../views/server/archiving.ts";
import { checkpoints } from "../views/server/checkpoints.ts";
import { type DatabaseStatistics, databases } from "../views/storage/databases.ts";
import { keyOf } from "../views/view.ts";
import { defineRule, type Found, found, type JudgedFleet, type JudgedNode, rowsOf } from "./rule.ts";

/** So long is counted: the shortest time between two questions for these views. */
const everyMs = 60_000;

/** What happened in a minute by a rate per second: whole events, since a second more or less makes no fraction of one. */
const inMinute = (perSecond: number) => (perSecond > 0 ? Math.max(1, Math.round(perSecond * 60)) : 0);

const notCounted: Reason = { kind: "counts", reason: "track_counts is off: rates are unknown" };

/** A figure of each database; null is unknown until there are two samples. */
function ofDatabases(
  node: JudgedNode,
  all: JudgedFleet,
  text: string,
  measure: (row: DatabaseStatistics) => number | null,
): Found {
  const rows = rowsOf(all, databases, node);
  const findings = rows.flatMap((row): Finding[] => {
    const value = measure(row);
    if (value === null) return [];
    const name = row.datname ?? "";
    const opens = { view: databases.name, key: keyOf(databases, row) };
    return [
      { value, subject: { kind: "database", id: name }, text, detail: `: ${safeName(name, 63)}`, opens },
    ];
  });
  return { findings, unknown: rows.some(({ counted }) => counted === false) ? [notCounted] : [] };
}

export const deadlocks = defineRule({
  name: "deadlocks",
  about: "deadlocks in a database within a minute",
  unit: "count",
  default: { warning: 1, critical: 10, forMs: 0 },
  needs: [databases],
  everyMs,
  atOnce: true,
  overTime: true,
  find: (node, all) =>
    ofDatabases(node, all, "deadlocks in a minute:", ({ deadlocks_rate }) =>
      deadlocks_rate === null ? null : inMinute(deadlocks_rate),
    ),
});

/** Each of our own questions is undone as well: eight a second at the fastest refresh. */
const fewRollbacks = 10;

export const rollbacks = defineRule({
  name: "rollbacks",
  about: `transactions of a database that are rolled back, where they are more than ${fewRollbacks} a second`,
  unit: "percent",
  default: { warning: 20, critical: 50, forMs: 0 },
  needs: [databases],
  everyMs,
  overTime: true,
  find: (node, all) =>
    ofDatabases(node, all, "rolled back", ({ xact_commit: done, xact_rollback: undone }) => {
      if (done === null || undone === null) return null;
      return undone <= fewRollbacks ? 0 : (100 * undone) / (done + undone);
    }),
});

export const tempFiles = defineRule({
  name: "temp_files",
  about: "bytes that a database writes to temporary files in a minute",
  unit: "bytes",
  default: { warning: 1024 ** 3, critical: 10 * 1024 ** 3, forMs: 0 },
  needs: [databases],
  everyMs,
  overTime: true,
  find: (node, all) =>
    ofDatabases(node, all, "temporary files in a minute", ({ temp_bytes }) =>
      temp_bytes === null ? null : temp_bytes * 60,
    ),
});

export const checksumFailures = defineRule({
  name: "checksum_failures",
  about: "data pages of a database whose checksum failed, since its statistics were reset",
  unit: "count",
  default: { warning: null, critical: 1, forMs: 0 },
  needs: [databases],
  everyMs,
  atOnce: true,
  find: (node, all) =>
    ofDatabases(node, all, "checksum failures:", ({ checksum_failures: failures }) =>
      failures === null ? null : Number(failures),
    ),
});

export const checkpointsRequested = defineRule({
  name: "checkpoints_requested",
  about:
    "checkpoints in a minute that did not await checkpoint_timeout: max_wal_size is too small, or someone asks for them",
  unit: "count",
  default: { warning: 1, critical: 4, forMs: 0 },
  needs: [checkpoints],
  everyMs,
  overTime: true,
  find: (node, all) =>
    found(
      ...rowsOf(all, checkpoints, node).flatMap((row): Finding[] =>
        row.requested === null
          ? []
          : [
              {
                value: inMinute(row.requested),
                subject: { kind: "node", id: node.name },
                text: "checkpoints requested in a minute:",
                opens: { view: checkpoints.name, key: keyOf(checkpoints, row) },
              },
            ],
      ),
    ),
});

export const archiverFailing = defineRule({
  name: "archiver_failing",
  about: "the newest attempt to archive a WAL file has failed: WAL piles up, and no backup reaches beyond it",
  unit: "state",
  default: { warning: 1, critical: null, forMs: 0 },
  needs: [archiving],
  everyMs: 30_000,
  find: (node, all) =>
    found(
      ...rowsOf(all, archiving, node).flatMap((row): Finding[] =>
        row.failing === true
          ? [
              {
                value: 1,
                subject: { kind: "node", id: node.name },
                text: `the archiver fails: ${safeName(row.last_failed_wal ?? "", 40)}`,
                opens: { view: archiving.name, key: keyOf(archiving, row) },
              },
            ]
          : [],
      ),
    ),
});
