import { expect, test } from "bun:test";
import { rules, standingDemand } from "../../src/rules/all.ts";
import { checkpoints } from "../../src/views/io/checkpoints.ts";
import { subscriptionWorkers } from "../../src/views/logical/subscription-workers.ts";
import { pglogicalOrigins } from "../../src/views/pglogical/pglogical-origins.ts";
import { pglogicalSubscriptions } from "../../src/views/pglogical/pglogical-subscriptions.ts";
import { replication } from "../../src/views/replication/replication.ts";
import { replicationSlots } from "../../src/views/replication/replication-slots.ts";
import { archiverStatistics } from "../../src/views/server/archiver-statistics.ts";
import { horizon } from "../../src/views/server/horizon.ts";
import { settingValues } from "../../src/views/settings/setting-values.ts";
import { databases } from "../../src/views/storage/databases.ts";
import type { AskedView } from "../../src/views/view.ts";
import { judged, wordsOf } from "../support/rules/judged.ts";
import { facts, node, nowMs } from "../support/screens/fixtures.ts";

const seen = (
  view: AskedView,
  rows: readonly object[],
  count = 2,
  change: Parameters<typeof facts>[0] = {},
) =>
  judged(
    Array.from({ length: count }, () => ({
      nodes: [node("a", { facts: facts({ readsAllSettings: true, ...change }) })],
      views: [[view, rows] as const],
    })),
    { slot_inactive: { forMs: 0 } },
  );
const gigabyte = 1024n ** 3n;

test("an abandoned slot is named, and one that holds nothing, is served or is a standby's copy is not", () => {
  const slot = {
    slot_name: "old",
    active: false,
    restart_lsn: 1n,
    xmin_age: null,
    catalog_xmin_age: null,
    retained: 1n,
    wal_status: "reserved",
    invalidation_reason: null,
    synced: false,
    inactive_seconds: null,
  };
  const told = (change: object, inRecovery = false) =>
    wordsOf("slot_inactive", seen(replicationSlots, [{ ...slot, ...change }], 2, { inRecovery }));
  expect(told({})).toEqual(["warning: slot old is inactive [slot old]"]);
  expect(told({ inactive_seconds: 7300 })).toEqual([
    "warning: slot old is inactive since 12:01:47Z [slot old]",
  ]);
  expect(told({ inactive_seconds: 86_400 })).toEqual([
    "warning: slot old is inactive since 2026-03-13 14:03Z [slot old]",
  ]);
  const alerts = (inactive_seconds: number, count: number) =>
    seen(replicationSlots, [{ ...slot, inactive_seconds }], count).alerts;
  // As old as the words say, also where it was so before the first look.
  expect(alerts(7300, 2)[0]?.sinceMs).toBe(nowMs - 7_300_000);
  // It has had a consumer between looks.
  expect(alerts(6, 330)).toEqual([
    expect.objectContaining({
      text: "slot old is inactive, again since 14:03:21Z",
      sinceMs: nowMs,
    }),
  ]);
  // A slot that is lost has a rule of its own.
  expect(told({ wal_status: "lost" })).toEqual([]);
  for (const well of [{ active: true }, { restart_lsn: null }]) expect(told(well)).toEqual([]);
  expect(told({ synced: true }, true)).toEqual([]);
  // The standby was promoted, and the consumer did not come to it.
  expect(told({ synced: true })).toEqual(["warning: slot old is inactive [slot old]"]);
  expect(seen(replicationSlots, [slot]).alerts[0]).toMatchObject({ view: "slots", key: "old" });
});

test("a slot that had no consumer for long is told as soon as we look, and need not be watched for as long", () => {
  const slot = { slot_name: "old", active: false, restart_lsn: 1n, wal_status: "reserved", synced: false };
  const after = (inactive_seconds: number) => {
    const views = [[replicationSlots, [{ ...slot, inactive_seconds }]] as const];
    return wordsOf("slot_inactive", judged([1, 2].map(() => ({ nodes: [node("a")], views }))));
  };
  expect(after(301)).toHaveLength(1);
  expect(after(200)).toEqual([]);
});

test("a setting that waits for a restart is told at the first look", () => {
  const rows = [{ name: "max_connections", pending_restart: true }];
  expect(wordsOf("pending_restart", seen(settingValues, rows, 1))).toHaveLength(1);
});

test("a slot that is lost is critical at the first look, and while that of the time it had left ends", () => {
  const slot = { slot_name: "s", active: false, restart_lsn: null, consumed: null, synced: false };
  const told = (change: object, inRecovery = false) =>
    wordsOf("slot_lost", seen(replicationSlots, [{ ...slot, ...change }], 1, { inRecovery }));
  const lost = { wal_status: "lost", safe_wal_size: null, invalidation_reason: null };
  expect(told(lost)).toEqual(["critical: slot s has lost its WAL [slot s]"]);
  expect(told({ ...lost, invalidation_reason: "wal_removed" })).toEqual([
    "critical: slot s has lost its WAL [slot s]",
  ]);
  expect(told({ invalidation_reason: "rows_removed" })).toEqual([
    "critical: slot s is invalidated: rows_removed [slot s]",
  ]);
  expect(told({ wal_status: "extended", invalidation_reason: null })).toEqual([]);
  expect(told({ ...lost, synced: true }, true)).toEqual([]);
  const falling = { wal_status: "extended", safe_wal_size: 10n, invalidation_reason: null };
  const looks = [falling, falling, lost].map((change) => ({
    nodes: [node("a", { walRate: 1 })],
    views: [[replicationSlots, [{ ...slot, ...change }]] as const],
  }));
  const rulesOf = (count: number) => judged(looks.slice(0, count), {}).alerts.map(({ rule }) => rule);
  expect(rulesOf(2)).toEqual(["slot_time_left"]);
  expect(rulesOf(3).toSorted()).toEqual(["slot_lost", "slot_time_left"]);
});

test("WAL that a slot keeps is named by slot", () => {
  expect(
    wordsOf(
      "slot_retained",
      seen(replicationSlots, [{ slot_name: "s", active: true, retained: 12n * gigabyte }]),
    ),
  ).toEqual(["warning: slot s retains 12 GB > 10 GB [slot s]"]);
});

test("how soon a slot loses its WAL is by how fast that is written and consumed", () => {
  const slot = {
    slot_name: "s",
    active: false,
    consumed: null,
    safe_wal_size: 1000n,
    wal_status: "extended",
  };
  const after = (change: object, walRate: number | null) =>
    judged(
      Array.from({ length: 2 }, () => ({
        nodes: [node("a", { walRate })],
        views: [[replicationSlots, [{ ...slot, ...change }]] as const],
      })),
      { slot_time_left: { forMs: 0 } },
    );
  const told = (change: object, walRate: number | null = 1) =>
    wordsOf("slot_time_left", after(change, walRate));
  expect(told({})).toEqual(["warning: slot s loses its WAL in 16m < 60m [slot s]"]);
  expect(told({}, 10)).toEqual(["critical: slot s loses its WAL in 1m 40s < 10m [slot s]"]);
  for (const well of [{ active: true, consumed: 1 }, { safe_wal_size: null }, { wal_status: "lost" }])
    expect(told(well)).toEqual([]);
  expect(told({}, null)).toEqual([]);
  // One look, as `check` has it, does not tell how fast WAL is written.
  const unjudged = (change: object, walRate: number | null) =>
    after(change, walRate).unknowns.flatMap(({ rules }) => rules);
  expect(unjudged({}, null)).toEqual(["slot_time_left"]);
  for (const change of [{ active: true }, { safe_wal_size: null }, { safe_wal_size: 0n }])
    expect(unjudged(change, null)).toEqual([]);
  expect(unjudged({}, 1)).toEqual([]);
});

test("a slot whose WAL the next checkpoint takes is critical while nothing is written", () => {
  const slot = { slot_name: "s", active: true, consumed: 0, safe_wal_size: 0n, wal_status: "unreserved" };
  const look = { nodes: [node("a", { walRate: 0 })], views: [[replicationSlots, [slot]] as const] };
  expect(wordsOf("slot_time_left", judged([look, look]))).toEqual([
    "critical: slot s loses its WAL at the next checkpoint [slot s]",
  ]);
});

test.each([
  ["session", "4711", "backend", "pid 4711"],
  ["prepared", "order-7", "backend", "prepared order-7"],
  ["slot", "s1", "slot", "slot s1"],
  ["standby", "orders-2", "standby", "standby orders-2"],
])("the horizon names who holds it: %s", (kind, holder, subject, words) => {
  const rows = [
    { kind: "session", holder: "1", pid: 1, age: 5n },
    { kind, holder, pid: null, age: 20_000_000n },
    { kind: "slot", holder: "catalogs only", pid: null, age: null },
  ];
  expect(wordsOf("horizon", seen(horizon, rows))).toEqual([
    `warning: horizon held back by 20M > 10M transactions: ${words} [${subject} ${holder}]`,
  ]);
});

const database = (more: object) => ({
  datid: 5,
  datname: "shop",
  counted: true,
  xid_age: null,
  mxid_age: null,
  checksum_failures: null,
  deadlocks: 0n,
  xact_commit: 0n,
  xact_rollback: 0n,
  temp_bytes: 0n,
  ...more,
});

test("ages of transactions and multixacts are named by database", () => {
  const { alerts } = seen(databases, [database({ xid_age: 1_700_000_000n, mxid_age: 1_200_000_000n })]);
  expect(alerts.map(({ rule, severity, text }) => `${rule} ${severity}: ${text}`)).toEqual([
    "xid_age critical: xid age 1.7G > 1.6G: shop",
    "mxid_age warning: multixact age 1.2G > 1.0G: shop",
  ]);
});

/** One look a minute, each with these counts. */
const counted = (view: AskedView, key: object, ...looks: readonly object[]) =>
  judged(
    looks.map((row) => ({ nodes: [node("a")], views: [[view, [{ ...key, ...row }]] as const] })),
    {},
    60_000,
  );
const inShop = (...looks: readonly object[]) => counted(databases, database({}), ...looks);

test("a single deadlock is named at once, by the count of the minute, and for two minutes without another", () => {
  const looks = [{ deadlocks: 7n }, { deadlocks: 8n }, { deadlocks: 8n }, { deadlocks: 8n }];
  const told = (count: number) => wordsOf("deadlocks", inShop(...looks.slice(0, count)));
  expect(told(1)).toEqual([]);
  expect(told(2)).toEqual(["warning: deadlocks within 60s 1: shop [database shop]"]);
  expect(told(3)).toHaveLength(1);
  expect(told(4)).toEqual([]);
  expect(wordsOf("deadlocks", inShop({ deadlocks: 7n }, { deadlocks: 0n }))).toEqual([]);
});

test("what is looked at every second is counted by the minute all the same", () => {
  const look = (deadlocks: bigint) => ({
    nodes: [node("a")],
    views: [[databases, [database({ deadlocks })]] as const],
  });
  const looks = Array.from({ length: 130 }, (_, second) => look(second < 20 ? 0n : 12n));
  const told = (count: number) => wordsOf("deadlocks", judged(looks.slice(0, count)));
  expect(told(30)).toEqual([]);
  expect(told(60)).toEqual(["critical: deadlocks within 45s 12 > 10: shop [database shop]"]);
  expect(told(130)).toHaveLength(1);
});

test("a checksum failure is critical, whenever it was", () => {
  expect(wordsOf("checksum_failures", seen(databases, [database({ checksum_failures: 3n })], 1))).toEqual([
    "critical: checksum failures: 3: shop [database shop]",
  ]);
});

test("rolled back transactions count where there are many, so that our own questions are none of them", () => {
  const told = (commits: bigint, rollbacks: bigint) => {
    const looks = [0n, 1n, 2n].map((minute) => ({
      xact_commit: minute * commits,
      xact_rollback: minute * rollbacks,
    }));
    return wordsOf("rollbacks", inShop(...looks));
  };
  expect(told(7000n, 3000n)).toEqual(["warning: rolled back within 60s 30% > 20%: shop [database shop]"]);
  expect(told(0n, 480n)).toEqual([]);
  expect(told(9000n, 1000n)).toEqual([]);
});

test("what a reset of the statistics left behind is not counted, however large it is", () => {
  const looks = [0, 1, 2].map((at) => ({ temp_bytes: BigInt(at) * 30n * gigabyte, stats_reset: at }));
  expect(wordsOf("temp_files", inShop(...looks))).toEqual([]);
});

test("temporary files are counted by the minute", () => {
  const looks = [0n, 3n, 6n].map((written) => ({ temp_bytes: written * gigabyte }));
  expect(wordsOf("temp_files", inShop(...looks))).toEqual([
    "warning: temporary files within 60s 3.0 GB > 1 GB: shop [database shop]",
  ]);
});

test("where counts are off, nothing is said to be well", () => {
  const off = { counted: false, deadlocks: null, xact_commit: null, xact_rollback: null, temp_bytes: null };
  const { unknowns } = inShop(off, off);
  expect(unknowns).toMatchObject([
    { kind: "counts", rules: ["deadlocks", "rollbacks", "temp_files", "checksum_failures"] },
  ]);
});

test("checkpoints that are asked for, an archiver that fails and a setting that waits are named", () => {
  const busy = counted(checkpoints, {}, { num_requested: 1n }, { num_requested: 3n }, { num_requested: 4n });
  expect(wordsOf("checkpoints_requested", busy)).toEqual([
    "warning: checkpoints requested within 60s: 1 [node a]",
  ]);
  expect(
    wordsOf("checkpoints_requested", counted(checkpoints, {}, { num_requested: 1n }, { num_requested: 3n })),
  ).toEqual([]);
  const failing = { failing: true, last_failed_wal: "000000010000000000000007" };
  expect(wordsOf("archiver_failing", seen(archiverStatistics, [failing]))).toEqual([
    "warning: the archiver fails: 000000010000000000000007 [node a]",
  ]);
  expect(wordsOf("archiver_failing", seen(archiverStatistics, [{ ...failing, failing: false }]))).toEqual([]);
  expect(
    wordsOf("pending_restart", seen(settingValues, [{ name: "max_connections", pending_restart: true }])),
  ).toEqual(["warning: max_connections waits for a restart [setting max_connections]"]);
});

test("settings that a role may not read are unknown, and none of them is said to be well", () => {
  const { unknowns } = seen(settingValues, [], 2, { readsAllSettings: false });
  expect(unknowns).toMatchObject([{ rules: ["pending_restart"] }]);
});

test("what rules need beyond the pulse is asked every 15 to 60 seconds", () => {
  const demand = standingDemand();
  const asked = [replicationSlots, horizon, databases, replication, archiverStatistics, checkpoints];
  const some = [subscriptionWorkers, pglogicalSubscriptions];
  expect(new Set(demand.map(({ view }) => view))).toEqual(
    new Set<AskedView>([...asked, settingValues, pglogicalOrigins, ...some]),
  );
  expect(demand.flatMap(({ view, onlyWhere }) => (onlyWhere ? view : []))).toEqual(some);
  for (const { everyMs } of demand) expect(everyMs >= 15_000 && everyMs <= 60_000).toBe(true);
  const [slotRule] = rules.filter(({ name }) => name === "slot_retained");
  expect(standingDemand(slotRule ? [slotRule] : [])).toEqual([{ view: replicationSlots, everyMs: 30_000 }]);
});

test("what was counted before a restart is not counted from, although the server keeps its counters", () => {
  const look = (deadlocks: bigint, epoch: string) => ({
    nodes: [node("a")],
    views: [[databases, [database({ deadlocks })]] as const],
    epoch,
  });
  const looks = [look(7n, "1"), look(9n, "2"), look(10n, "2")];
  const told = (count: number) => wordsOf("deadlocks", judged(looks.slice(0, count), {}, 60_000));
  expect(told(2)).toEqual([]);
  expect(told(3)).toEqual(["warning: deadlocks within 60s 1: shop [database shop]"]);
});
