import { reasonOf } from "../postgres/node-error.ts";
import { grantMonitor, type ServerFacts } from "../postgres/server.ts";
import type { Finding } from "../stats/alerts.ts";
import {
  errorsIn,
  hasErrors,
  type SubscribedFrom,
  subscriptionState,
  whyCutOff,
  whyLost,
  youngSeconds,
} from "../stats/replication/subscription-state.ts";
import type { Reason } from "../stats/unknown.ts";
import { printCount } from "../text/pretty.ts";
import { safeName } from "../text/text.ts";
import { partsOf } from "../views/compared.ts";
import { edgesIn, fromOf } from "../views/logical/subscription-edges.ts";
import {
  nameOf,
  type SubscriptionWorker,
  subscriptionWorkers,
} from "../views/logical/subscription-workers.ts";
import { subscriptions } from "../views/logical/subscriptions.ts";
import { pglogicalWhere } from "../views/pglogical/pglogical-origins.ts";
import {
  type PglogicalSubscription,
  pglogicalSubscriptions,
} from "../views/pglogical/pglogical-subscriptions.ts";
import { type DatabaseStatistics, databases } from "../views/storage/databases.ts";
import { keyOf } from "../views/view.ts";
import { clusterOf, isLost } from "./relatives.ts";
import {
  defineRule,
  type Earlier,
  grownBy,
  type JudgedFleet,
  type JudgedNode,
  nothingFound,
  rowsOf,
} from "./rule.ts";

type Problem = Pick<Finding, "isMild"> & {
  readonly what: string;
  /** What to do, with the operations that `O` has on its row. */
  readonly remedy: string;
};

export const subscriptionFailing = defineRule({
  name: "subscription_failing",
  about:
    "an enabled subscription has no worker, fails again and again, or its slot has lost its WAL; it is a warning where an error disabled one (disable_on_error), where only the copy of a table fails, where its worker has received nothing for 10 s, and where one look meets a worker that has just begun after errors, or has received nothing yet",
  unit: "state",
  default: { warning: 1, critical: 1, forMs: 0 },
  needs: [subscriptionWorkers],
  onlyWhere: {
    view: databases,
    holds: (rows) =>
      (rows as readonly DatabaseStatistics[]).some(({ subscriptions: applied }) => (applied ?? 0n) > 0n),
  },
  everyMs: 30_000,
  compares: true,
  find: (node, all, _, earlier) => {
    const { facts } = node;
    // A standby has the subscriptions of its primary, and applies none.
    if (!facts || facts.inRecovery) return nothingFound;
    const rows = rowsOf(all, subscriptionWorkers, node);
    const findings = rows.flatMap((row) => {
      const from = fromIn(all, node.name, row);
      const problem = problemOf(row, earlier, from, from === null ? mayBeCutOff(node, all) : null);
      if (!problem) return [];
      const subject = { kind: "subscription", id: `${row.datname}.${row.subname}` } as const;
      const opens = { view: subscriptions.name, key: keyOf(subscriptions, row) };
      return [findingOf(nameOf(row), problem, { opens, subject })];
    });
    const isHidden = rows.some((row) => subscriptionState(row) === "unknown");
    const hidden: Reason = {
      kind: "view",
      reason: `${subscriptionWorkers.withoutAllStats}: ${grantMonitor(facts)}`,
    };
    return { findings, unknown: isHidden ? [hidden] : [] };
  },
});

function findingOf(
  name: string,
  { what, remedy, ...rest }: Problem,
  { opens, subject }: Pick<Finding, "opens" | "subject">,
): Finding {
  const text = `${name} ${what}`;
  return { ...rest, value: 1, subject, text, detail: `: ${remedy}`, short: { text, detail: "" }, opens };
}

/** Where the subscriptions of all nodes come from, once for each round. */
const known = new WeakMap<JudgedFleet, ReadonlyMap<string, SubscribedFrom | null>>();

function fromIn(all: JudgedFleet, node: string, row: SubscriptionWorker): SubscribedFrom | null {
  const idOf = (name: string, one: SubscriptionWorker) =>
    JSON.stringify([name, keyOf(subscriptionWorkers, one)]);
  const clusters = all.clusters.map(({ name, members }) => ({ name, all: members }));
  const found =
    known.get(all) ??
    new Map(
      edgesIn({ ...all, clusters, nodes: [...all.nodes.values()] }).map((edge) => [
        idOf(edge.node.name, edge.row),
        fromOf(edge.publisher),
      ]),
    );
  known.set(all, found);
  return found.get(idOf(node, row)) ?? null;
}

/** One look at a node that is down cannot tell whether it has the slot. */
function mayBeCutOff(node: JudgedNode, all: JudgedFleet): string | null {
  const own = clusterOf(node, all)?.members.map(({ name }) => name) ?? [];
  const lost = [...all.nodes.values()].filter(({ health, name }) => isLost(health) && !own.includes(name));
  const [first, another] = lost;
  if (!first) return null;
  const which = another
    ? `one of ${lost.length} nodes that are down`
    : `${safeName(first.name)}, which is down`;
  return `${byLog}; its publisher may be ${which}`;
}

const byLog = "the server's log says why";

/** What to do about errors. Skipping helps where it is the apply of a transaction that fails, which growing errors tell. */
function remedyOf({ apply_error_count: errors }: SubscriptionWorker, isSure: boolean): string {
  if (errors === null || errors === 0n) return byLog;
  return isSure
    ? `${byLog}, and skip-transaction skips it`
    : `${byLog}; skip-transaction skips a transaction that fails`;
}

function problemOf(
  row: SubscriptionWorker,
  earlier: Earlier | null,
  from: SubscribedFrom | null,
  guess: string | null,
): Problem | null {
  const grows = (column: keyof SubscriptionWorker) =>
    earlier !== null && (grownBy(subscriptionWorkers, row, column, earlier) ?? 0) > 0;
  const state = subscriptionState(row);
  const lost = whyLost(from);
  if (lost !== null)
    return { what: "cannot go on", remedy: lost, ...(state === "disabled" ? { isMild: true } : {}) };
  const cut = whyCutOff(from);
  const isFailing = grows("apply_error_count");
  switch (state) {
    case "disabled":
      return row.subdisableonerr === true && hasErrors(row)
        ? {
            what: "was disabled by an error",
            remedy: `${remedyOf(row, true)}; then enable-subscription`,
            isMild: true,
          }
        : null;
    case "no worker":
      return { what: "has no worker", remedy: cut ?? guess ?? byLog };
    case "failing":
    case "starting":
      return cut === null && isFailing ? failsOften(row) : stalled(row, earlier, cut, guess);
    default:
      if (isFailing) return failsOften(row);
      return grows("sync_error_count")
        ? {
            what: `cannot copy a table: ${printCount(row.sync_error_count ?? 0n)} errors`,
            remedy: byLog,
            isMild: true,
          }
        : null;
  }
}

const failsOften = (row: SubscriptionWorker): Problem => ({
  what: `fails again and again: ${errorsIn(row)}`,
  remedy: remedyOf(row, true),
});

/** Of one that has no worker, or a worker that has just begun, and no error since the look before. */
function stalled(
  row: SubscriptionWorker,
  earlier: Earlier | null,
  cut: string | null,
  guess: string | null,
): Problem | null {
  const errors = hasErrors(row) ? `; ${errorsIn(row)} so far` : "";
  const remedy = cut ?? guess ?? remedyOf(row, false);
  if (row.pid === null) return { what: `has no worker${cut === null ? errors : ""}`, remedy };
  if (row.received_lsn === null && (row.worker_seconds ?? 0) >= youngSeconds)
    return { what: "receives nothing", remedy: cut ?? guess ?? "its publisher may not answer", isMild: true };
  // A worker that fails is young at nearly every look, one that has just begun is so once.
  if (earlier !== null && hadNone(row, earlier))
    return { what: "starts again and again", remedy: cut ?? guess ?? byLog };
  // Errors are counted for life: those of before the look before are no news.
  const isKnown = earlier !== null && earlier.seconds >= youngSeconds;
  const isSilent = earlier === null && row.received_lsn === null;
  if (isKnown || (errors === "" && !isSilent)) return null;
  if (subscriptionState(row) === "failing")
    return { what: `has a worker that has received nothing yet${errors}`, remedy };
  const what = `has a worker that began less than ${youngSeconds} s ago${errors}`;
  return { what, remedy: byLog, isMild: true };
}

/** Whether nothing had applied it for long at the look before, either. */
function hadNone(row: SubscriptionWorker, { rows }: Earlier): boolean {
  const key = keyOf(subscriptionWorkers, row);
  const before = (rows as readonly SubscriptionWorker[]).find(
    (one) => keyOf(subscriptionWorkers, one) === key,
  );
  return before !== undefined && ["no worker", "starting", "failing"].includes(subscriptionState(before));
}

export const pglogicalFailing = defineRule({
  name: "pglogical_failing",
  about:
    "an enabled subscription of pglogical has no worker, or one that starts again and again; it is a warning where only tables stay without their copy",
  unit: "state",
  default: { warning: 1, critical: 1, forMs: 0 },
  needs: [pglogicalSubscriptions],
  onlyWhere: pglogicalWhere.onlyWhere,
  everyMs: 30_000,
  compares: true,
  find: (node, all, _, earlier) => {
    const { facts } = node;
    if (!facts || facts.inRecovery) return nothingFound;
    const view = pglogicalSubscriptions;
    const rows = rowsOf(all, view, node) as readonly PglogicalSubscription[];
    const before = new Map(
      ((earlier?.rows ?? []) as readonly PglogicalSubscription[]).map((row) => [keyOf(view, row), row]),
    );
    const findings = rows.flatMap((row): Finding[] => {
      const key = keyOf(view, row);
      const problem = pglogicalProblem(row, before.get(key), mayBeCutOff(node, all));
      if (!problem) return [];
      const { sub_name: subname, database } = row;
      const subject = { kind: "subscription", id: `${database}.${subname}` } as const;
      const opens = { view: view.name, key };
      return [findingOf(nameOf({ subname, datname: database }), problem, { opens, subject })];
    });
    return { findings, unknown: pglogicalUnknown(node.name, facts, rows, all) };
  },
});

/** One look tells a subscription without a worker; that one fails, or a table stays without its copy, only two. */
function pglogicalProblem(
  row: PglogicalSubscription,
  before: PglogicalSubscription | undefined,
  guess: string | null,
): Problem | null {
  const remedy = guess ?? byLog;
  if (row.sub_enabled === false) return null;
  if (row.status === "down") return { what: "has no worker", remedy };
  if (!before || before.sub_enabled === false) return null;
  const isAnother = isYoung(before) && row.pid !== before.pid;
  if (isYoung(row)) return isAnother ? { what: "starts again and again", remedy } : null;
  const { unsynced } = row;
  const isStuck = row.status === "replicating" && unsynced === before.unsynced && row.copying === 0;
  if (!unsynced || !isStuck || before.copying !== 0) return null;
  const tables = unsynced === 1 ? "1 table" : `${printCount(BigInt(unsynced))} tables`;
  return {
    what: `does not get on with the copy of ${tables}`,
    remedy: `pglogical_tables has ${unsynced === 1 ? "it" : "them"}, and ${byLog}`,
    isMild: true,
  };
}

const isYoung = ({ status, worker_seconds: age }: PglogicalSubscription) =>
  status === "down" || (age !== null && age < youngSeconds);

/** What may not be seen of them, and the databases that may have more. */
function pglogicalUnknown(
  node: string,
  facts: ServerFacts,
  rows: readonly PglogicalSubscription[],
  all: JudgedFleet,
): Reason[] {
  const { name, withoutAllStats } = pglogicalSubscriptions;
  const isHidden = rows.some(
    ({ pid, worker_seconds: age, unsynced, copying }) =>
      (pid !== null && age === null) || (unsynced !== 0 && copying === null),
  );
  const failed = Array.from(partsOf(all.sample(pglogicalSubscriptions, node)), ([database, part]) =>
    part?.state === "failed" ? [`${name}: ${safeName(database, 63)}: ${reasonOf(part.error)}`] : [],
  ).flat();
  const hidden = isHidden ? [`${withoutAllStats}: ${grantMonitor(facts)}`] : [];
  return [...hidden, ...failed].map((reason) => ({ kind: "view", reason }));
}
