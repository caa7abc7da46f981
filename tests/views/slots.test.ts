import { expect, test } from "bun:test";
import { tableOf } from "../../src/store/table.ts";
import { printValue } from "../../src/views/cells.ts";
import type { Slot } from "../../src/views/replication/replication-slots.ts";
import { slots } from "../../src/views/replication/slots.ts";
import { cluster, health, node, observed, okSample, pulse } from "../support/screens/fixtures.ts";

const million = 1_000_000n;

const slot = (more: Partial<Slot> = {}): Partial<Slot> => ({
  ...{ slot_name: "s", slot_type: "physical", active: false, active_pid: null, wal_status: "extended" },
  ...{ safe_wal_size: 600n * million, consumed: null, synced: null, retained: 0n, behind: null },
  ...more,
});

/** The row of a slot on "a", where that many bytes of WAL are written a second, and "b" subscribes to this. */
function rowOf(
  one: Partial<Slot>,
  walRate: number | null,
  senders: readonly Record<string, unknown>[] = [],
  subscriptions: readonly Record<string, unknown>[] = [],
) {
  const nodes = [node("a", { walRate }), node("b")];
  const served = { node: "a", pid: 7 };
  const clusters = [
    cluster("shop", [
      { name: "a", depth: 0 },
      { name: "b", depth: 1, served },
      { name: "b-socket", depth: 1, served, sameAs: "b" },
    ]),
  ];
  const samples = {
    replication_slots: { a: okSample([one]), b: okSample([]) },
    replication: { a: okSample(senders), b: okSample([]) },
    subscription_workers: { b: okSample(subscriptions) },
  };
  const look = { filter: "", sortBy: null, folded: new Set<string>() };
  return tableOf(slots, observed(nodes, clusters, samples), ["a", "b"], look).lines[0]?.row ?? {};
}

const left = (...of: Parameters<typeof rowOf>) => `${printValue(slots, "left_seconds", rowOf(...of))}`;

test("the time left is by how fast WAL is written, and by what a consumer is done with", () => {
  expect(rowOf(slot(), 1e6)["left_seconds"]).toBe(600);
  expect(rowOf(slot({ active: true }), 1e6)["left_seconds"]).toBeNull();
});

test("none in sight is empty, and what is not known is not none", () => {
  expect(left(slot(), 0)).toBe("");
  expect(left(slot(), 100)).toBe("");
  expect(left(slot({ safe_wal_size: null }), 1e6)).toBe("");
  expect(left(slot(), null)).toBe("–");
});

test("the consumer is the node that it serves, or what is connected to it", () => {
  const sender = { pid: 8, application_name: "pg_recvlogical", client_addr: "10.0.0.7" };
  expect(rowOf(slot({ active: true, active_pid: 7 }), 0)["consumer"]).toBe("b");
  expect(rowOf(slot({ active: true, active_pid: 8 }), 0, [sender])["consumer"]).toBe(
    "pg_recvlogical@10.0.0.7",
  );
  expect(rowOf(slot(), 0, [sender])["consumer"]).toBeNull();
});

test("the consumer of a logical slot is the subscription that has it, connected or not", () => {
  const feed = { subname: "orders_sub", datname: "shop", subslotname: "s", subenabled: false, pid: null };
  const logical = slot({ slot_type: "logical", database: "orders" });
  expect(rowOf(logical, 0, [], [feed])["consumer"]).toBe("orders_sub on b");
  const sender = { pid: 8, application_name: "orders_sub", client_addr: "10.0.0.7" };
  const active = { ...logical, active: true, active_pid: 8 };
  expect(rowOf(active, 0, [sender], [feed])["consumer"]).toBe("orders_sub on b");
  // Of two that may have it none is named, and the one that streams is known by its connection.
  const twice = [feed, { ...feed, datname: "other" }];
  expect(rowOf(logical, 0, [], twice)["consumer"]).toBeNull();
  expect(rowOf({ ...active }, 0, [{ ...sender, application_name: "unseen" }], twice)["consumer"]).toBe(
    "unseen@10.0.0.7",
  );
});

test("the consumer of a slot is the standby that streamed from it last, also while that one is down", () => {
  const consumer = (names: readonly string[], from: string | null) => {
    const standbys = names.map((name) =>
      node(name, {
        health: health("error"),
        pulse: pulse({ in_recovery: true, receiver_slot: "s" }),
      }),
    );
    const upstream = from === null ? null : ({ kind: "node", name: from } as const);
    const shop = cluster("shop", [
      { name: "a", depth: 0 },
      ...names.map((name) => ({ name, depth: 1, upstream })),
    ]);
    const samples = { replication_slots: { a: okSample([slot()]) }, replication: { a: okSample([]) } };
    const look = { filter: "", sortBy: null, folded: new Set<string>() };
    return tableOf(slots, observed([node("a"), ...standbys], [shop], samples), ["a"], look).lines[0]?.row[
      "consumer"
    ];
  };
  expect(consumer(["b"], "a")).toBe("b");
  expect(consumer(["b"], null)).toBe("b");
  expect(consumer(["b", "c"], null)).toBeNull();
  expect(consumer(["b"], "d")).toBeNull();
});

test("what a slot cannot have is empty, and what is not known of it is not", () => {
  const shown = (column: string, over: Partial<Slot>) =>
    `${printValue(slots, column, rowOf(slot(over), 1e6))}`;
  const none = { behind: null, xmin_age: null, active_pid: null, active: false };
  expect(
    ["behind", "xmin_age", "active_pid"].map((name) => shown(name, { ...none, slot_type: "physical" })),
  ).toEqual(["", "", ""]);
  expect(shown("behind", { ...none, slot_type: "logical" })).toBe("–");
  expect(shown("active_pid", { ...none, active: true })).toBe("–");
});
