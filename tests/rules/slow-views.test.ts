import { expect, test } from "bun:test";
import { rules, standingDemand } from "../../src/rules/all.ts";
import { replication } from "../../src/views/replication/replication.ts";
import { slots } from "../../src/views/replication/slots.ts";
import { archiving } from "../../src/views/server/archiving.ts";
import { checkpoints } from "../../src/views/server/checkpoints.ts";
import { horizon } from "../../src/views/server/horizon.ts";
import { restart } from "../../src/views/server/restart.ts";
import { databases } from "../../src/views/storage/databases.ts";
import type { AskedView } from "../../src/views/view.ts";
import { judged, wordsOf } from "../support/rules/judged.ts";
import { facts, node } from "../support/screens/fixtures.ts";

const seen = (view: AskedView, rows: readonly object[], count = 2, readsAllStats = true) =>
  judged(
    Array.from({ length: count }, () => ({
      nodes: [node("a", { facts: facts({ readsAllStats }) })],
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
  const told = (change: object) => wordsOf("slot_inactive", seen(slots, [{ ...slot, ...change }]));
  expect(told({})).toEqual(["warning: slot old is inactive [slot old]"]);
  expect(told({ inactive_seconds: 7300 })).toEqual(["warning: slot old is inactive for 2h [slot old]"]);
  expect(told({ wal_status: "lost", restart_lsn: null })).toEqual([
    "warning: slot old has lost its WAL [slot old]",
  ]);
  for (const well of [{ active: true }, { synced: true }, { restart_lsn: null }])
    expect(told(well)).toEqual([]);
  expect(seen(slots, [slot]).alerts[0]).toMatchObject({ view: "slots", key: "old" });
});

test("WAL that a slot keeps is named by slot", () => {
  expect(
    wordsOf("slot_retained", seen(slots, [{ slot_name: "s", active: true, retained: 12n * gigabyte }])),
  ).toEqual(["warning: slot s retains 12 GB > 10 GB [slot s]"]);
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
  deadlocks_rate: null,
  xact_commit: null,
  xact_rollback: null,
  temp_bytes: null,
  ...more,
});

test("ages of transactions and multixacts are named by database", () => {
  const { alerts } = seen(databases, [database({ xid_age: 1_700_000_000n, mxid_age: 1_200_000_000n })]);
  expect(alerts.map(({ rule, severity, text }) => `${rule} ${severity}: ${text}`)).toEqual([
    "xid_age critical: xid age 1.7G > 1.6G: shop",
    "mxid_age warning: multixact age 1.2G > 1.0G: shop",
  ]);
});

test("a single deadlock is named at once, and a checksum failure is critical", () => {
  const one = [database({ deadlocks_rate: 1 / 61 })];
  expect(wordsOf("deadlocks", seen(databases, one, 1))).toEqual([
    "warning: deadlocks in a minute: 1: shop [database shop]",
  ]);
  expect(wordsOf("checksum_failures", seen(databases, [database({ checksum_failures: 3n })], 1))).toEqual([
    "critical: checksum failures: 3: shop [database shop]",
  ]);
});

test("rolled back transactions count where there are many, so that our own questions are none of them", () => {
  const told = (xact_commit: number, xact_rollback: number) =>
    wordsOf("rollbacks", seen(databases, [database({ xact_commit, xact_rollback })]));
  expect(told(70, 30)).toEqual(["warning: rolled back 30% > 20%: shop [database shop]"]);
  expect(told(0, 8)).toEqual([]);
  expect(told(900, 100)).toEqual([]);
});

test("temporary files are counted by the minute", () => {
  const much = [database({ temp_bytes: 50 * 1024 ** 2 })];
  expect(wordsOf("temp_files", seen(databases, much))).toEqual([
    "warning: temporary files in a minute 2.9 GB > 1 GB: shop [database shop]",
  ]);
});

test("where counts are off, nothing is said to be well", () => {
  const { unknowns } = seen(databases, [database({ counted: false })]);
  expect(unknowns).toMatchObject([
    { kind: "counts", rules: ["deadlocks", "rollbacks", "temp_files", "checksum_failures"] },
  ]);
});

test("checkpoints that are asked for, an archiver that fails and a setting that waits are named", () => {
  expect(wordsOf("checkpoints_requested", seen(checkpoints, [{ requested: 2 / 60 }]))).toEqual([
    "warning: checkpoints requested in a minute: 2 [node a]",
  ]);
  expect(wordsOf("checkpoints_requested", seen(checkpoints, [{ requested: 0 }]))).toEqual([]);
  const failing = { failing: true, last_failed_wal: "000000010000000000000007" };
  expect(wordsOf("archiver_failing", seen(archiving, [failing]))).toEqual([
    "warning: the archiver fails: 000000010000000000000007 [node a]",
  ]);
  expect(wordsOf("archiver_failing", seen(archiving, [{ ...failing, failing: false }]))).toEqual([]);
  expect(wordsOf("pending_restart", seen(restart, [{ name: "max_connections" }]))).toEqual([
    "warning: max_connections waits for a restart [setting max_connections]",
  ]);
});

test("settings that a role may not read are unknown, and none of them is said to be well", () => {
  const { unknowns } = seen(restart, [], 2, false);
  expect(unknowns).toMatchObject([{ rules: ["pending_restart"] }]);
});

test("what rules need beyond the pulse is asked every 15 to 60 seconds", () => {
  const demand = standingDemand();
  expect(new Set(demand.map(({ view }) => view))).toEqual(
    new Set<AskedView>([slots, horizon, databases, replication, archiving, checkpoints, restart]),
  );
  for (const { everyMs } of demand) expect(everyMs >= 15_000 && everyMs <= 60_000).toBe(true);
  const [slotRule] = rules.filter(({ name }) => name === "slot_retained");
  expect(standingDemand(slotRule ? [slotRule] : [])).toEqual([{ view: slots, everyMs: 30_000 }]);
});
