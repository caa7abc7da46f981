import { expect, test } from "bun:test";
import { replicationSlots } from "../../src/views/replication/replication-slots.ts";
import { judged, wordsOf } from "../support/rules/judged.ts";
import { facts, node, nowMs } from "../support/screens/fixtures.ts";

const seen = (rows: readonly object[], count = 2, change: Parameters<typeof facts>[0] = {}) =>
  judged(
    Array.from({ length: count }, () => ({
      nodes: [node("a", { facts: facts({ readsAllSettings: true, ...change }) })],
      views: [[replicationSlots, rows] as const],
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
    wordsOf("slot_inactive", seen([{ ...slot, ...change }], 2, { inRecovery }));
  expect(told({})).toEqual(["warning: slot old is inactive [slot old]"]);
  expect(told({ inactive_seconds: 7300 })).toEqual([
    "warning: slot old is inactive since 12:01:47Z [slot old]",
  ]);
  expect(told({ inactive_seconds: 86_400 })).toEqual([
    "warning: slot old is inactive since 2026-03-13 14:03Z [slot old]",
  ]);
  const alerts = (inactive_seconds: number, count: number) =>
    seen([{ ...slot, inactive_seconds }], count).alerts;
  // As old as the words say, also where it was so before the first look.
  expect(alerts(7300, 2)[0]?.sinceMs).toBe(nowMs - 7_300_000);
  // It has had a consumer between looks.
  expect(alerts(6, 330)).toEqual([
    expect.objectContaining({
      text: "slot old is inactive, again since 14:03:21Z",
      sinceMs: nowMs - 6000,
    }),
  ]);
  // A slot that is lost has a rule of its own.
  expect(told({ wal_status: "lost" })).toEqual([]);
  for (const well of [{ active: true }, { restart_lsn: null }]) expect(told(well)).toEqual([]);
  expect(told({ synced: true }, true)).toEqual([]);
  // The standby was promoted, and the consumer did not come to it.
  expect(told({ synced: true })).toEqual(["warning: slot old is inactive [slot old]"]);
  expect(seen([slot]).alerts[0]).toMatchObject({ view: "slots", key: "old" });
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

test("a slot that is lost is critical at the first look, and while that of the time it had left ends", () => {
  const slot = { slot_name: "s", active: false, restart_lsn: null, consumed: null, synced: false };
  const told = (change: object, inRecovery = false) =>
    wordsOf("slot_lost", seen([{ ...slot, ...change }], 1, { inRecovery }));
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
    wordsOf("slot_retained", seen([{ slot_name: "s", active: true, retained: 12n * gigabyte }])),
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
