import { grantMonitor, type ServerFacts, type TlsState } from "../postgres/server.ts";
import type { Finding } from "../stats/alerts.ts";
import { isUp } from "../stats/health.ts";
import { notCounted, type Reason } from "../stats/unknown.ts";
import { printAge } from "../text/pretty.ts";
import { safeName } from "../text/text.ts";
import { checkpoints } from "../views/io/checkpoints.ts";
import { archiver } from "../views/server/archiver.ts";
import { archiverStatistics } from "../views/server/archiver-statistics.ts";
import { pulseView } from "../views/server/pulse.ts";
import { restart } from "../views/server/restart.ts";
import { settingValues } from "../views/settings/setting-values.ts";
import { settings } from "../views/settings/settings.ts";
import {
  type Differing,
  inWords,
  isLess,
  standbyDifferences,
} from "../views/settings/standby-differences.ts";
import { type DatabaseStatistics, databases } from "../views/storage/databases.ts";
import { keyOf } from "../views/view.ts";
import { relatives } from "./relatives.ts";
import {
  databaseFindings,
  defineRule,
  type Earlier,
  type Found,
  found,
  grownBy,
  type JudgedFleet,
  type JudgedNode,
  nothingFound,
  rowsOf,
} from "./rule.ts";

/** So long is counted: the shortest time between two questions for these views. */
const everyMs = 60_000;

/** Whole events: a beat of 61 seconds makes no fraction of one. */
const events = (grown: number | null) =>
  grown === null ? null : grown > 0 ? Math.max(1, Math.round(grown)) : 0;

const within = ({ seconds }: Earlier) => `within ${printAge(Math.min(60, seconds))}`;

/** A figure of each database, and that it is unknown where statistics are not collected. */
function ofDatabases(
  node: JudgedNode,
  all: JudgedFleet,
  text: string,
  measure: (row: DatabaseStatistics) => number | null,
): Found {
  const isOff = rowsOf(all, databases, node).some(({ counted }) => counted === false);
  return { findings: databaseFindings(node, all, text, measure), unknown: isOff ? [notCounted] : [] };
}

/** What grew in each database since the earlier sample. */
function grownInDatabases(
  node: JudgedNode,
  all: JudgedFleet,
  earlier: Earlier | null,
  text: string,
  measure: (grown: (column: keyof DatabaseStatistics) => number | null) => number | null,
): Found {
  if (!earlier) return nothingFound;
  return ofDatabases(node, all, `${text} ${within(earlier)}`, (row) =>
    measure((column) => grownBy(databases, row, column, earlier)),
  );
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
  find: (node, all, _, earlier) =>
    grownInDatabases(node, all, earlier, "deadlocks", (grown) => events(grown("deadlocks"))),
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
  find: (node, all, _, earlier) =>
    grownInDatabases(node, all, earlier, "rolled back", (grown) => {
      const [done, undone] = [grown("xact_commit"), grown("xact_rollback")];
      if (done === null || undone === null) return null;
      const few = fewRollbacks * Math.min(60, earlier?.seconds ?? 0);
      return undone <= few ? 0 : (100 * undone) / (done + undone);
    }),
});

export const tempFiles = defineRule({
  name: "temp_files",
  about: "bytes that a database writes to temporary files within a minute",
  unit: "bytes",
  default: { warning: 1024 ** 3, critical: 10 * 1024 ** 3, forMs: 0 },
  needs: [databases],
  everyMs,
  overTime: true,
  find: (node, all, _, earlier) =>
    grownInDatabases(node, all, earlier, "temporary files", (grown) => grown("temp_bytes")),
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
    "checkpoints requested within a minute, before checkpoint_timeout: by max_wal_size, CHECKPOINT or a base backup",
  unit: "count",
  default: { warning: 1, critical: 4, forMs: 0 },
  needs: [checkpoints],
  everyMs,
  overTime: true,
  find: (node, all, _, earlier) =>
    earlier === null
      ? nothingFound
      : found(
          ...rowsOf(all, checkpoints, node).flatMap((row): Finding[] => {
            const value = events(grownBy(checkpoints, row, "num_requested", earlier));
            if (value === null) return [];
            return [
              {
                value,
                subject: { kind: "node", id: node.name },
                text: `checkpoints requested ${within(earlier)}:`,
                opens: { view: checkpoints.name, key: keyOf(checkpoints, row) },
              },
            ];
          }),
        ),
});

export const archiverFailing = defineRule({
  name: "archiver_failing",
  about: "the newest attempt to archive a WAL file has failed: WAL piles up, and no backup reaches beyond it",
  unit: "state",
  default: { warning: 1, critical: null, forMs: 0 },
  needs: [archiverStatistics],
  everyMs,
  find: (node, all) =>
    found(
      ...rowsOf(all, archiverStatistics, node).flatMap((row): Finding[] =>
        row.failing === true
          ? [
              {
                value: 1,
                subject: { kind: "node", id: node.name },
                text: `the archiver fails: ${safeName(row.last_failed_wal ?? "", 40)}`,
                opens: { view: archiver.name, key: keyOf(archiver, row) },
              },
            ]
          : [],
      ),
    ),
});

const day = 86_400;

export const certificateExpiry = defineRule({
  name: "certificate_expiry",
  about: "time until the server's certificate ends",
  unit: "seconds",
  below: true,
  default: { warning: 30 * day, critical: 7 * day, forMs: 0 },
  needs: [pulseView],
  find: ({ name, facts }, { clockMs }) => {
    const left = facts && secondsLeft(facts.tls, clockMs);
    if (left === null) return nothingFound;
    const ended = left <= 0 ? { text: "certificate has ended", figure: false as const } : {};
    return found({
      value: left,
      subject: { kind: "node", id: name },
      text: "certificate ends in",
      opens: null,
      ...ended,
    });
  },
});

/** Until the certificate ends that the server showed at the newest login; for ever without TLS. */
function secondsLeft(tls: TlsState | null, clockMs: number): number | null {
  if (!tls) return Number.POSITIVE_INFINITY;
  return tls.expiresAtMs === null ? null : (tls.expiresAtMs - clockMs) / 1000;
}

/** Settings that a role may not read may wait, or differ, as well. */
const hiddenFrom = (facts: ServerFacts): Reason[] =>
  facts.readsAllSettings
    ? []
    : [{ kind: "view", reason: `settings of superusers are hidden: ${grantMonitor(facts)}` }];

export const pendingRestart = defineRule({
  name: "pending_restart",
  about: "a setting was changed and waits for a restart",
  unit: "state",
  default: { warning: 1, critical: null, forMs: 0 },
  needs: [settingValues],
  everyMs,
  atOnce: true,
  find: (node, all) => {
    const { facts } = node;
    if (!facts || all.sample(settingValues, node.name)?.state !== "ok") return nothingFound;
    const waiting = rowsOf(all, settingValues, node).filter((row) => row.pending_restart === true);
    const findings = waiting.map((row) => ({
      value: 1,
      subject: { kind: "setting" as const, id: row.name ?? "" },
      text: `${safeName(row.name ?? "", 63)} waits for a restart`,
      opens: { view: restart.name, key: keyOf(restart, row) },
    }));
    return { findings, unknown: hiddenFrom(facts) };
  },
});

export const settingDrift = defineRule({
  name: "setting_drift",
  about:
    "settings of a standby differ from those of its primary, which counts after a failover; critical where it has less of what it needs as much of to go on replaying, such as max_connections. Ports, paths, names, what a primary and a standby are told differently, what follows from the hardware, and what our own sessions set are not compared",
  unit: "state",
  default: { warning: 1, critical: 1, forMs: 300_000 },
  needs: [settingValues],
  everyMs,
  find: (node, all) => {
    const { facts } = node;
    const primary = facts?.inRecovery === true ? primaryOf(node, all) : null;
    const other = primary && all.sample(settingValues, primary.name);
    if (!facts || !primary?.facts || !other || all.sample(settingValues, node.name)?.state !== "ok")
      return nothingFound;
    const name = safeName(primary.name);
    const reason = `settings of its primary ${name} are unknown`;
    if (other.state !== "ok") return { findings: [], unknown: [{ kind: "view", reason }] };
    const seesAll = facts.readsAllSettings && primary.facts.readsAllSettings;
    const [here, there] = [rowsOf(all, settingValues, node), rowsOf(all, settingValues, primary)];
    const differing = standbyDifferences(here, there, seesAll);
    const [lacking, others] = [differing.filter(isLess), differing.filter((one) => !isLess(one))];
    const findings = lacking.map(
      (one): Finding => ({
        value: 1,
        subject: { kind: "setting", id: one.name },
        text: `${one.name} is ${one.here}, and ${one.there} on its primary ${name}: replay stops where it needs more`,
        opens: { view: settings.name, key: keyOf(settings, one) },
      }),
    );
    const unknown = hiddenFrom(facts.readsAllSettings ? primary.facts : facts);
    return { findings: [...findings, ...together(node, others, name)], unknown };
  },
});

/** The one primary of its system that answers. */
function primaryOf(node: JudgedNode, all: JudgedFleet): JudgedNode | null {
  const [primary, another] = relatives(node, all).filter(
    ({ health, facts }) => isUp(health) && facts?.inRecovery === false,
  );
  return primary && !another ? primary : null;
}

/** One alert for all that is no danger by itself. */
function together({ name }: JudgedNode, differing: readonly Differing[], primary: string): Finding[] {
  const [first] = differing;
  if (!first) return [];
  const what = differing.length === 1 ? "a setting differs" : `${differing.length} settings differ`;
  return [
    {
      value: 1,
      subject: { kind: "node", id: name },
      text: `${what} from its primary ${primary}`,
      detail: `: ${inWords(differing)}`,
      isMild: true,
      opens: { view: settings.name, key: keyOf(settings, first) },
    },
  ];
}
