import { expect, test } from "bun:test";
import { nodeError } from "../../src/postgres/node-error.ts";
import { defaultThresholds, rules } from "../../src/rules/all.ts";
import { activeAlerts, judge, noMemory } from "../../src/rules/judge.ts";
import type { SubscriptionWorker } from "../../src/views/logical/subscription-workers.ts";
import { subscriptionWorkers } from "../../src/views/logical/subscription-workers.ts";
import { pglogicalOrigins } from "../../src/views/pglogical/pglogical-origins.ts";
import { pglogicalSubscriptions } from "../../src/views/pglogical/pglogical-subscriptions.ts";
import { replicationSlots } from "../../src/views/replication/replication-slots.ts";
import { databases } from "../../src/views/storage/databases.ts";
import { fleetOf, judged, wordsOf } from "../support/rules/judged.ts";
import { facts, health, node, nowMs, okSample } from "../support/screens/fixtures.ts";

type Look = { readonly rows: readonly Partial<SubscriptionWorker>[]; readonly count?: bigint };

const seconds = 1000;
const worker = (more: Partial<SubscriptionWorker> = {}): Partial<SubscriptionWorker> => ({
  ...{ subname: "feed", datname: "shop", subenabled: true, subdisableonerr: false, pid: 7 },
  ...{ worker_seconds: 60, copying: 0, apply_error_count: 0n, sync_error_count: 0n },
  ...more,
});

function outcome(looks: readonly Look[], change: Parameters<typeof facts>[0] = {}, stepMs = 30 * seconds) {
  return judged(
    looks.map(({ rows, count = 1n }) => ({
      nodes: [node("a", { facts: facts(change) })],
      views: [
        [subscriptionWorkers, rows],
        [databases, [{ datname: "shop", counted: true, subscriptions: count }]],
      ] as const,
    })),
    {},
    stepMs,
  );
}

const told = (...looks: readonly Partial<SubscriptionWorker>[]) =>
  wordsOf("subscription_failing", outcome(looks.map((row) => ({ rows: [row] }))));
const at = "[subscription shop.feed]";
const gone = { pid: null, worker_seconds: null };

test("one that applies, one that is disabled by hand and one that starts once are well", () => {
  expect(told(worker(), worker())).toEqual([]);
  const disabled = worker({ subenabled: false, ...gone, apply_error_count: 3n });
  expect(told(disabled, disabled)).toEqual([]);
  expect(told(worker(), worker({ worker_seconds: 2 }), worker())).toEqual([]);
  expect(told(worker({ apply_error_count: 9n }), worker({ apply_error_count: 9n }))).toEqual([]);
});

test("one without a worker is critical once it was so for two rounds", () => {
  const without = worker({ ...gone, apply_error_count: null, sync_error_count: null });
  expect(told(worker(), without)).toEqual([]);
  expect(told(worker(), without, without)).toEqual([
    `critical: subscription feed of shop has no worker: the server's log says why ${at}`,
  ]);
});

test("before 15 one that fails is never long without a worker, and never long with one", () => {
  const uncounted = { apply_error_count: null, sync_error_count: null };
  const [young, without] = [worker({ worker_seconds: 1, ...uncounted }), worker({ ...gone, ...uncounted })];
  expect(told(without, young)).toEqual([
    `critical: subscription feed of shop starts again and again: the server's log says why ${at}`,
  ]);
});

test("errors are told while they go on, and say what can be done", () => {
  const failing = (apply_error_count: bigint) => worker({ ...gone, apply_error_count });
  expect(told(failing(1n), failing(7n))).toEqual([
    `critical: subscription feed of shop fails again and again: 7 apply errors: the server's log says why, and skip-transaction skips it ${at}`,
  ]);
  // A transaction that fails late leaves its worker old at each look.
  const late = [1n, 2n, 3n].map((apply_error_count) => worker({ apply_error_count }));
  expect(told(...late)).toMatchObject([expect.stringMatching(/^critical: .*: 3 apply errors/)]);
  expect(told(failing(1n), failing(7n), worker({ apply_error_count: 7n }))).toHaveLength(1);
  const well = worker({ apply_error_count: 7n });
  expect(told(failing(1n), failing(7n), well, well)).toEqual([]);
});

/** What one look alone tells, as in `check`, where the publisher has this slot. */
function once(
  row: Partial<SubscriptionWorker>,
  slot: Record<string, unknown> = {},
  publisher: Parameters<typeof node>[1] = {},
): string[] {
  const nodes = [node("a", { facts: facts() }), node("p", publisher)];
  const views = [
    [subscriptionWorkers, [row]],
    [databases, [{ subscriptions: 1n }]],
  ] as const;
  const fleet = fleetOf({ nodes, views }, nowMs);
  const own = { slot_name: "feed", slot_type: "logical", database: "orders", ...slot };
  const [judgedNode = node("a")] = nodes;
  const memory = judge(
    judgedNode,
    {
      ...fleet,
      // Each is a cluster of its own.
      clusters: [],
      rows: (view, name) =>
        name === "p" ? (view === replicationSlots ? [own] : null) : fleet.rows(view, name),
      sample: (view, name) =>
        name === "p" ? (view === replicationSlots ? okSample([own]) : undefined) : fleet.sample(view, name),
    },
    rules,
    defaultThresholds,
    noMemory,
    "once",
  );
  return wordsOf("subscription_failing", {
    alerts: activeAlerts(judgedNode, rules, defaultThresholds, memory),
    unknowns: [],
  }).map((text) => text.replace(` ${at}`, "").replace("subscription feed of shop ", ""));
}

const feed = (more: Partial<SubscriptionWorker>) => worker({ subslotname: "feed", ...more });

test("errors of long ago make a worker that was started again no failing one", () => {
  const young = worker({ worker_seconds: 2, apply_error_count: 1n, received_lsn: 5n });
  expect(once(young)).toEqual([
    "warning: has a worker that began less than 10 s ago; 1 apply error so far: the server's log says why",
  ]);
  expect(once(worker({ worker_seconds: 20, apply_error_count: 1n }))).toEqual([]);
  // With a look before, growth decides.
  const before = worker({ apply_error_count: 1n });
  expect(told(before, young, young)).toEqual([]);
  const more = { ...young, apply_error_count: 5n };
  expect(told(before, { ...young, apply_error_count: 3n }, more)).toMatchObject([
    expect.stringMatching(/^critical: .*fails again and again: 5 apply errors: /),
  ]);
});

test("one that fails is nearly always without a worker, which is critical at one look", () => {
  expect(once(worker({ ...gone, apply_error_count: 7n }))).toEqual([
    "critical: has no worker; 7 apply errors so far: the server's log says why; skip-transaction skips a transaction that fails",
  ]);
  expect(once(worker({ worker_seconds: 0, apply_error_count: 7n, received_lsn: null }))).toMatchObject([
    expect.stringMatching(/^critical: has a worker that has received nothing yet; 7 apply errors so far/),
  ]);
  expect(once(worker({ ...gone, sync_error_count: 2n }))).toEqual([
    "critical: has no worker; 2 copy errors so far: the server's log says why",
  ]);
});

test("a slot that has lost its WAL is why it cannot go on, and no transaction is to be skipped", () => {
  const lost = { wal_status: "lost" };
  const words = "cannot go on: its slot has lost its WAL: it must be created anew";
  expect(once(feed({ ...gone, apply_error_count: 7n }), lost)).toEqual([`critical: ${words}`]);
  expect(once(feed({ ...gone, subenabled: false }), lost)).toEqual([`warning: ${words}`]);
});

test("a publisher that is down is named, and no transaction is to be skipped", () => {
  const down = { health: health("reconnecting", { error: nodeError("refused", "connection refused") }) };
  expect(once(feed({ ...gone, apply_error_count: 1n }), {}, down)).toEqual([
    "critical: has no worker: its publisher p is down",
  ]);
  // One look at a server that is down does not tell whether it has the slot.
  expect(once(feed({ ...gone, apply_error_count: 1n }), { slot_name: "unknown" }, down)).toEqual([
    "critical: has no worker; 1 apply error so far: the server's log says why; its publisher may be p, which is down",
  ]);
  // What only we do not reach, it may.
  expect(once(feed({ apply_error_count: 1n }), {}, down)).toEqual([]);
});

test("a table that cannot be copied, and one that an error has disabled are warnings", () => {
  const copies = [1n, 2n, 3n].map((sync_error_count) => worker({ sync_error_count }));
  expect(told(...copies)).toEqual([
    `warning: subscription feed of shop cannot copy a table: 3 errors: the server's log says why ${at}`,
  ]);
  const disabled = worker({ ...gone, subenabled: false, subdisableonerr: true, apply_error_count: 1n });
  expect(told(disabled, disabled)).toEqual([
    `warning: subscription feed of shop was disabled by an error: the server's log says why, and skip-transaction skips it; then enable-subscription ${at}`,
  ]);
});

test("whoever looks at the subscriptions has them judged no sooner", () => {
  const without = { rows: [worker(gone)] };
  expect(outcome([without, without, without], {}, 1 * seconds).alerts).toEqual([]);
});

test("where there is none any more, and on a standby, there is nothing to judge", () => {
  const without = { rows: [worker(gone)] };
  expect(outcome([without, without]).alerts).toHaveLength(1);
  expect(outcome([without, without, { ...without, count: 0n }]).alerts).toEqual([]);
  expect(outcome([without, without], { inRecovery: true }).alerts).toEqual([]);
});

test("where the age of workers may not be seen it is not known whether they fail", () => {
  const hidden = { rows: [worker({ worker_seconds: null })] };
  const { alerts, unknowns } = outcome([hidden, hidden]);
  expect(alerts).toEqual([]);
  expect(unknowns.flatMap(({ rules }) => rules)).toEqual(["subscription_failing"]);
});

test("the alert opens the row of its subscription", () => {
  const without = { rows: [worker(gone)] };
  expect(outcome([without, without]).alerts).toMatchObject([
    { view: "subscriptions", key: "shop\u0000feed" },
  ]);
});

test("after an operation it is judged anew at once, and every ten seconds, by what is so since", () => {
  const disabled = worker({ subenabled: false, subdisableonerr: true, apply_error_count: 3n, pid: null });
  const applies = worker({ apply_error_count: 3n });
  const fails = (apply_error_count: bigint) => worker({ ...gone, apply_error_count });
  const after = (actedAtMs: number | null, ...rows: readonly Partial<SubscriptionWorker>[]) =>
    wordsOf(
      "subscription_failing",
      judged(
        [disabled, disabled, disabled, disabled, ...rows].map((row) => ({
          nodes: [node("a", { facts: facts(), actedAtMs })],
          views: [
            [subscriptionWorkers, [row]],
            [databases, [{ datname: "shop", counted: true, subscriptions: 1n }]],
          ] as const,
        })),
        {},
        12 * seconds,
      ),
    );
  const acted = nowMs + 40 * seconds;
  expect(after(null, applies, applies)).toHaveLength(1);
  expect(after(acted, applies)).toHaveLength(1);
  expect(after(acted, applies, applies)).toEqual([]);
  expect(after(acted, fails(4n), fails(6n))).toEqual([
    `critical: subscription feed of shop fails again and again: 6 apply errors: the server's log says why, and skip-transaction skips it ${at}`,
  ]);
});

/** What looks half a minute apart tell of a subscription of pglogical. */
function pglogicalTold(...looks: readonly object[]): string[] {
  const row = {
    ...{ database: "shop", sub_name: "feed", status: "replicating", sub_enabled: true, pid: 7 },
    ...{ worker_seconds: 60, unsynced: 0, copying: 0 },
  };
  const outcome = judged(
    looks.map((more) => ({
      nodes: [node("a", { facts: facts({}) })],
      views: [
        [pglogicalSubscriptions, [{ ...row, ...more }]],
        [pglogicalOrigins, [{ slot_name: "pgl_shop_b_feed" }]],
      ] as const,
    })),
    {},
    30 * seconds,
  );
  return [...wordsOf("pglogical_failing", outcome), ...outcome.unknowns.map(({ reason }) => reason)];
}

test("a subscription of pglogical is judged by its worker, and by tables that stay without a copy", () => {
  const down = { status: "down", ...gone };
  const young = { worker_seconds: 3 };
  const stuck = { unsynced: 2 };
  expect(pglogicalTold({}, {}, {})).toEqual([]);
  expect(pglogicalTold(down, down)).toEqual([
    `critical: subscription feed of shop has no worker: the server's log says why ${at}`,
  ]);
  const disabled = { status: "disabled", sub_enabled: false, ...gone };
  expect(pglogicalTold(disabled, disabled, disabled)).toEqual([]);
  expect(pglogicalTold({}, young, {})).toEqual([]);
  expect(pglogicalTold(down, young)).toEqual([
    `critical: subscription feed of shop starts again and again: the server's log says why ${at}`,
  ]);
  expect(pglogicalTold(stuck, stuck, stuck)).toEqual([
    `warning: subscription feed of shop does not get on with the copy of 2 tables: pglogical_tables has them, and the server's log says why ${at}`,
  ]);
  const [long, fewer] = [
    { unsynced: 2, copying: 1 },
    { unsynced: 1, copying: 0 },
  ];
  expect(pglogicalTold(long, long, long)).toEqual([]);
  expect(pglogicalTold(stuck, fewer, { unsynced: 0 })).toEqual([]);
  expect(pglogicalTold({ worker_seconds: null }, { worker_seconds: null })).toEqual([
    expect.stringMatching(/^since when workers run may not be seen: /),
  ]);
});
