import { expect, test } from "bun:test";
import { fleetSamples } from "../../src/store/fleet-samples.ts";
import { wantedViews } from "../../src/store/on-screen.ts";
import { tableOf } from "../../src/store/table.ts";
import type { PglogicalSubscription } from "../../src/views/pglogical/pglogical-subscriptions.ts";
import { edges } from "../../src/views/replication/edges.ts";
import { slots } from "../../src/views/replication/slots.ts";
import { topology } from "../../src/views/replication/topology.ts";
import { cluster, node, observed, okSample, stateOf } from "../support/screens/fixtures.ts";
import { at } from "../support/screens/screens.tsx";

const slotName = (sub: string) => `pgl_shop_node_${sub}`;
const feed = (more: Partial<PglogicalSubscription> = {}): Partial<PglogicalSubscription> => ({
  ...{ database: "copy", sub_name: "feed", status: "replicating", sub_enabled: true, unsynced: 0 },
  ...{ sub_slot_name: slotName("feed"), sub_forward_origins: null, pid: 7, worker_seconds: 60 },
  ...more,
});
const slot = (sub: string, more: object = {}) => ({
  ...{ slot_name: slotName(sub), slot_type: "logical", plugin: "pglogical_output", database: "shop" },
  ...{ active: true, active_pid: 9, behind: 500n, retained: 2048n, ...more },
});
const sender = (application_name: string) => ({
  ...{ pid: 9, application_name, slot_name: slotName(application_name), slot_type: "logical" },
  ...{ state: "streaming", replay_lag: 2, replay_lsn: 100n, client_addr: null },
});

type Side = { readonly subscriptions?: readonly object[]; readonly slots?: readonly object[] };

/** "a" provides and "b" subscribes; nothing else is there unless told. */
function seen({ a = {}, b = {} }: Readonly<Record<"a" | "b", Side>>) {
  const of = (rows: (side: Side) => readonly object[] | undefined) =>
    Object.fromEntries(
      Object.entries({ a, b }).map(([name, side]) => [
        name,
        okSample((rows(side) ?? []).map((row) => ({ ...row }))),
      ]),
    );
  const origins = of(({ subscriptions }) =>
    (subscriptions as PglogicalSubscription[] | undefined)?.map(({ sub_slot_name }) => ({
      slot_name: sub_slot_name,
    })),
  );
  return observed(
    [node("a"), node("b")],
    ["a", "b"].map((name) => cluster(`c-${name}`, [{ name, depth: 0 }])),
    {
      ...{ pglogical_origins: origins, pglogical_subscriptions: of(({ subscriptions }) => subscriptions) },
      ...{ subscription_workers: of(() => []), replication_slots: of(({ slots }) => slots) },
      replication: of(({ slots }) => slots?.map(() => sender("feed"))),
    },
  );
}

const oneWay = (more: Partial<PglogicalSubscription> = {}, more2: object = {}) =>
  seen({ a: { slots: [slot("feed", more2)] }, b: { subscriptions: [feed(more)] } });
const look = { filter: "", sortBy: null, folded: new Set<string>() };
const rowsOf = (view: typeof topology | typeof edges, state: ReturnType<typeof seen>) =>
  tableOf(view, state, ["a", "b"], look).lines.filter(({ node }) => node !== null);

test("a pglogical subscription is drawn below its provider, and nothing else reads its slot", () => {
  const lines = rowsOf(topology, oneWay());
  expect(lines.map(({ depth, row }) => [depth, row["name"], row["role"], row["state"]])).toEqual([
    [1, "a", "primary", null],
    [2, "copy@b", "subscriber", "replicating"],
    [1, "b", "primary", null],
  ]);
  expect(lines[1]?.row).toMatchObject({
    ...{ kind: "pglogical", subname: "feed", database: "shop", datname: "copy", upstream: "a" },
    ...{ lag_bytes: 500n, lag_seconds: 2, slot_name: slotName("feed"), problems: [], level: null },
  });
  expect(topology.opens?.(lines[1]?.row ?? {}, "b")).toEqual({
    node: "b",
    row: { view: "pglogical_subscriptions", key: "copy\u0000feed" },
  });
  expect(rowsOf(edges, oneWay()).map(({ row }) => row)).toMatchObject([
    { kind: "logical", upstream: "a", downstream: "b", subname: "feed", state: "replicating", watched: true },
  ]);
});

test("why it does not go on is said, as of a native one", () => {
  const problems = (...of: Parameters<typeof oneWay>) => {
    const row = rowsOf(topology, oneWay(...of)).find(({ row }) => row["kind"] === "pglogical")?.row;
    return [row?.["level"], ...((row?.["problems"] ?? []) as string[])];
  };
  const off = { pid: null, worker_seconds: null };
  expect(problems({ ...off, status: "down" })).toEqual(["critical", "no worker applies it"]);
  expect(problems({ ...off, status: "disabled" })).toEqual([
    "warning",
    "disabled: its slot keeps 2.0 kB of WAL",
  ]);
  expect(problems({ ...off, status: "down" }, { wal_status: "lost" })).toEqual([
    "critical",
    "its slot has lost its WAL: it must be created anew",
  ]);
  expect(problems({ worker_seconds: 2, unsynced: 1 })).toEqual([
    "warning",
    "its worker began less than 10 s ago: it starts, or fails again and again",
    "1 table does not follow yet",
  ]);
  // A slot of another plugin is not one of pglogical's.
  expect(problems({}, { plugin: "pgoutput" })).toEqual([null, "which node it comes from is not known"]);
});

test("two ways are a pair, which loops where one forwards what was replicated to it", () => {
  const back = { database: "shop", sub_name: "back", sub_slot_name: slotName("back") };
  const both = (origins: readonly string[] | null) =>
    rowsOf(
      edges,
      seen({
        a: { slots: [slot("feed")], subscriptions: [feed(back)] },
        b: {
          slots: [slot("back", { database: "copy" })],
          subscriptions: [feed({ sub_forward_origins: origins })],
        },
      }),
    )
      .map(({ row }) => [row["subname"], row["pair"], String(row["problems"])])
      .toSorted();
  expect(both(null)).toEqual([
    ["back", "feed", ""],
    ["feed", "back", ""],
  ]);
  expect(both(["all"])[1]).toEqual(["feed", "back", "changes may loop: forward_origins is all"]);
});

test("its slot says which subscription has it", () => {
  const [row] = slots.rows(fleetSamples(oneWay(), ["a"]));
  expect(row).toMatchObject({ slot_name: slotName("feed"), consumer: "feed on b" });
});

test("databases are asked for it only on nodes that have an origin of pglogical", () => {
  const place = { kind: "view", view: "topology", scope: { kind: "all" } } as const;
  const asked = (state: ReturnType<typeof seen>) =>
    wantedViews(stateOf(state, at(place))).flatMap(({ view, nodes }) =>
      view.name === "pglogical_subscriptions" ? nodes : [],
    );
  expect(asked(oneWay())).toEqual(["b"]);
  expect(asked(seen({ a: {}, b: {} }))).toEqual([]);
});
