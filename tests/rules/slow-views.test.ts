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
import { facts, node } from "../support/screens/fixtures.ts";

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

test("a setting that waits for a restart is told at the first look", () => {
  const rows = [{ name: "max_connections", pending_restart: true }];
  expect(wordsOf("pending_restart", seen(settingValues, rows, 1))).toHaveLength(1);
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
