import { expect, test } from "bun:test";
import { nodeDown, splitBrain, standbyMissing } from "../../src/rules/clusters.ts";
import { connectionsUsed } from "../../src/rules/sessions.ts";
import type { Upstream } from "../../src/stats/replication/topology.ts";
import { fleetSamples } from "../../src/store/fleet-samples.ts";
import { subjectHere } from "../../src/store/on-screen.ts";
import { tableOf } from "../../src/store/table.ts";
import { printValue } from "../../src/views/cells.ts";
import type { WalSender } from "../../src/views/replication/replication.ts";
import { topology } from "../../src/views/replication/topology.ts";
import { fleet } from "../../src/views/server/fleet.ts";
import { sitDown } from "../support/screens/desk.ts";
import {
  alert,
  cluster,
  facts,
  lag,
  node,
  observed,
  okSample,
  pulse,
  standby,
  stateOf,
} from "../support/screens/fixtures.ts";
import { at, draw } from "../support/screens/screens.tsx";

const sender = (pid: number, more: Partial<WalSender> = {}): WalSender => ({
  ...{ pid, application_name: `app-${pid}`, usename: "repl", client_addr: "10.0.0.9", backend_start: 1 },
  ...{ slot_name: null, slot_type: null, state: "streaming", sync_state: "async", sync_priority: 0 },
  ...{ sent_behind: 0n, write_behind: 0n, flush_behind: 0n, replay_behind: 0n, replay_lsn: 100n },
  ...{ write_lag: null, flush_lag: null, replay_lag: null, reply_age: 0 },
  ...more,
});

const below = (name: string, pid: number | null) => ({
  ...{ name, depth: 1, upstream: { kind: "node", name: "a" } as const },
  served: pid === null ? null : { node: "a", pid },
});

type Below = Omit<ReturnType<typeof below>, "upstream"> & { readonly upstream: Upstream };

/** What is seen of a primary and its standbys, whose WAL senders are these. */
function seen(senders: readonly WalSender[], standbys: readonly Below[], settings = {}) {
  const nodes = [
    node("a", { pulse: pulse({ ...settings }) }),
    ...standbys.map(({ name }) => standby(name, { lag: lag(2, 500n) })),
  ];
  const clusters = [cluster("shop", [{ name: "a", depth: 0 }, ...standbys])];
  return observed(nodes, clusters, { replication: { a: okSample(senders) } });
}

const tableIn = (state: ReturnType<typeof seen>, names = Object.keys(state.nodes)) =>
  tableOf(topology, state, names, { filter: "", sortBy: null, folded: new Set() });
const linesIn = (...shown: Parameters<typeof tableIn>) =>
  tableIn(...shown).lines.map(({ depth, row }) => `${"-".repeat(depth)}${row["name"]} ${row["role"]}`);

test("a standby has the state and the synchronous state that its WAL sender says", () => {
  const state = seen(
    [sender(7, { state: "catchup", sync_state: "quorum", sync_priority: 1 })],
    [below("b", 7)],
  );
  expect(linesIn(state)).toEqual(["shop 2 nodes", "-a primary", "--b standby"]);
  const row = tableIn(state).lines.at(-1)?.row;
  expect(row).toMatchObject({ state: "catchup", sync_state: "quorum", sync_priority: 1, lag_bytes: 500n });
  expect(row?.["received"]).toBe(0x3_0000_00c8n);
});

test("a lag that may be more is marked, in the row of its edge too, and of the cluster on the fleet", () => {
  const { nodes, clusters } = seen([], [below("b", null)]);
  const state = observed(
    [
      ...Object.values(nodes).filter(({ name }) => name === "a"),
      standby("b", { lag: lag(312, 1n, { atLeast: true }) }),
    ],
    clusters,
  );
  const [, , row] = topology.rows(fleetSamples(state, ["a", "b"]));
  if (!row) throw new Error("the standby has a row");
  expect<string>(printValue(topology, "lag_seconds", row)).toBe(">5:12");
  const rows = topology.rows(fleetSamples(state, ["a", "b"]));
  expect(topology.lists?.["edges"]?.(rows)).toEqual([
    expect.objectContaining({ lag_seconds: 312, lag_at_least: true }),
  ]);
  const [heading, primary, behind] = fleet.rows(fleetSamples(state, ["a", "b"]));
  expect([heading, primary, behind].map((one) => one?.["lag_at_least"])).toEqual([true, null, true]);
});

test("what receives WAL and is not watched stands below its server, and says what it is", () => {
  const senders = [
    sender(7),
    sender(8, { application_name: "pg_receivewal", replay_lsn: null, client_addr: null }),
    sender(9, { application_name: "pg_basebackup", state: "backup", replay_lsn: null }),
  ];
  const state = seen(senders, [below("b", 7)]);
  expect(linesIn(state).slice(1)).toEqual([
    "-a primary",
    "--b standby",
    "--pg_receivewal does not replay",
    "--pg_basebackup base backup",
  ]);
  expect(
    tableIn(state)
      .lines.map(({ row }) => row["problems"])
      .slice(3),
  ).toEqual([["not watched"], ["not watched: it connects from 10.0.0.9"]]);
});

test("of a receiver whose state a role may not see nothing is claimed", () => {
  const hidden = { state: null, replay_lsn: null, replay_behind: null, client_addr: null };
  const [, , row] = tableIn(seen([sender(7, hidden)], [])).lines;
  expect(row?.row).toMatchObject({
    ...{ name: "app-7", role: null, state: null, lag_bytes: null },
    problems: ["what it is, and whether it is watched, is hidden"],
  });
  expect(row && topology.lacks?.(row.row, "lag_bytes")).toBe(false);
});

test("a standby that receives from a node of another cluster says so", () => {
  const clusters = [cluster("shop", [{ name: "a", depth: 0 }]), cluster("books", [below("b", 7)])];
  const state = observed([node("a"), standby("b")], clusters, { replication: { a: okSample([sender(7)]) } });
  const problems = tableIn(state).lines.find(({ row }) => row["name"] === "b")?.row["problems"];
  expect(problems).toEqual(["receives from a, which is not in its cluster books"]);
  // It stands below the server that it receives from, whose WAL sender serves nobody else.
  expect(linesIn(state)).toEqual(["shop 1 node", "-a primary", "--b standby"]);
});

test("a place that is a guess says so", () => {
  const guess = (pid: number | null) => ({
    ...below("b", pid),
    upstream: { kind: "assumed", name: "a" } as const,
  });
  const problems = (pid: number | null) =>
    tableIn(seen([sender(7)], [guess(pid)])).lines.at(-1)?.row["problems"];
  expect(problems(null)).toEqual(["assumed: nobody says that it serves it"]);
  expect(problems(7)).toEqual([]);
});

test("a standby without a WAL receiver says from where it should receive, and no edge leads to it", () => {
  const from = { configured_host: "10.0.0.7", configured_port: "5433", configured_slot: "b" };
  const silent = pulse({ in_recovery: true, receiver: "none", follows: true, ...from });
  const rowOf = (upstream: Upstream | null) => {
    const members = [
      { name: "a", depth: 0 },
      { ...below("b", null), upstream },
    ];
    const state = observed([node("a"), standby("b", { pulse: silent })], [cluster("shop", members)], {
      replication: { a: okSample([sender(7)]) },
    });
    expect(topology.lists?.["edges"]?.(topology.rows(fleetSamples(state, ["a", "b"])))).toHaveLength(1);
    // Its place is no sign that the WAL sender of another one serves it.
    expect(linesIn(state)).toContain("--app-7 standby");
    return tableIn(state).lines.find(({ row }) => row["name"] === "b");
  };
  expect(rowOf(null)).toMatchObject({
    depth: 1,
    row: { upstream: null, problems: ["no WAL receiver runs", "should receive from 10.0.0.7:5433, slot b"] },
  });
  expect(rowOf({ kind: "configured", name: "a" })).toMatchObject({
    depth: 2,
    row: {
      upstream: null,
      problems: ["no WAL receiver runs", "should receive from 10.0.0.7:5433 (a), slot b"],
    },
  });
});

test("where it is not told which WAL sender serves whom, those of others are counted", () => {
  const state = seen([sender(7), sender(8), sender(9)], [below("b", null), below("c", null)]);
  expect(linesIn(state)).toHaveLength(4);
  expect(tableIn(state).lines[1]?.row["problems"]).toEqual(["serves 1 more receiver than are watched"]);
  expect(tableIn(seen([sender(7)], [below("b", null)])).lines[1]?.row["problems"]).toEqual([]);
});

test("of one node alone its standbys are watched all the same, and stand below their cluster", () => {
  const state = seen([sender(7), sender(8)], [below("b", 7), below("c", 8)]);
  expect(linesIn(state, ["a"])).toEqual(["shop 3 nodes", "-a primary"]);
  expect(linesIn(state, ["b"])).toEqual(["shop 3 nodes", "-b standby"]);
});

test("alerts of replication are what is wrong, in the colour of the worst", () => {
  const state = seen([], []);
  const down = standby("b", {
    alerts: [
      alert("receiver_down", "warning", "no WAL receiver runs", { subject: { kind: "standby", id: "b" } }),
    ],
    facts: facts({ inRecovery: true, systemIdentifier: "2" }),
    pulse: pulse({ in_recovery: true, receiver: "none", follows: true }),
  });
  const primary = node("a", { facts: facts({ systemIdentifier: "1" }) });
  const both = observed(
    [primary, down],
    [
      cluster("shop", [
        { name: "a", depth: 0 },
        { name: "b", depth: 0 },
      ]),
    ],
  );
  expect(linesIn(state)).toEqual(["shop 1 node", "-a primary"]);
  expect(tableIn(both).lines.at(-1)?.row).toMatchObject({
    problems: ["no WAL receiver runs", "another system than a"],
    level: "warning",
  });
});

test("that commits wait is said at once of the primary, for whom, and once", () => {
  const settings = { sync_standbys: "FIRST 1 (ghost, other)" };
  const missing = alert("standby_missing", "warning", "commits wait: …", {
    subject: { kind: "standby", id: "ghost" },
  });
  const waiting = seen([sender(7, { sync_state: "async" })], [below("b", 7)], settings);
  const row = () => tableIn(waiting).lines[1]?.row;
  const text = "commits wait: 0 of 1 synchronous standbys stream: missing ghost, other";
  expect(row()).toMatchObject({ problems: [text], level: "warning" });
  const primary = waiting.nodes["a"];
  if (primary) Object.assign(waiting.nodes, { a: { ...primary, alerts: [missing] } });
  expect(row()?.["problems"]).toEqual([text]);
  const going = seen([sender(7, { sync_state: "sync" })], [below("b", 7)], settings);
  expect(tableIn(going).lines[1]?.row).toMatchObject({ problems: [], level: null });
});

test("how fast WAL is written is a primary's, and when it has caught up a standby's that gains on it", () => {
  const nodes = [
    node("a", { walRate: 2e6 }),
    standby("b", { lag: lag(60, 40_000_000n), walRate: 2e6, replayRate: 4e6 }),
    standby("c", { lag: lag(60, 40_000_000n), walRate: 2e6, replayRate: 1e6 }),
  ];
  const members = [{ name: "a", depth: 0 }, below("b", null), below("c", null)];
  const rows = tableIn(observed(nodes, [cluster("shop", members)])).lines.slice(1);
  expect(rows.map(({ row }) => [row["wal_rate"], row["catch_up_seconds"]])).toEqual([
    [2_000_000n, null],
    [null, 20],
    [null, null],
  ]);
});

test("where the states of WAL senders are hidden it is unknown whether commits wait, which is no warning", () => {
  const hidden = seen([sender(7, { state: null })], [below("b", null)], { sync_standbys: "FIRST 1 (b)" });
  expect(tableIn(hidden).lines[1]?.row).toMatchObject({
    problems: ["states of WAL senders are hidden: whether commits wait is unknown"],
    level: null,
  });
});

test("rules of a node as a whole that are about its replication are told, and others are not", () => {
  const raised = [nodeDown, splitBrain, standbyMissing, connectionsUsed].map(({ name }) =>
    alert(name, "critical", name, { subject: { kind: "node", id: "a" } }),
  );
  const state = observed([node("a", { alerts: raised })], [cluster("shop", [{ name: "a", depth: 0 }])]);
  expect(tableIn(state).lines[1]?.row["problems"]).toEqual([nodeDown.name, splitBrain.name]);
});

test("a server has one name on its line, and a primary no lag", () => {
  const shown = draw(
    stateOf(seen([sender(7, { sync_state: "sync" })], [below("b", 7)], { sync_standbys: "FIRST 1 (b)" }), {
      columns: 140,
      rows: 20,
      ...at({ kind: "view", view: "topology", scope: { kind: "all" } }),
    }),
  );
  const lineOf = (name: string) => shown.find((line) => new RegExp(`└ ${name} `).test(line)) ?? "";
  expect(lineOf("a").match(/\ba\b/g)).toHaveLength(1);
  expect(lineOf("a")).toMatch(/primary +FIRST 1 \(b\) +3 +–$/);
  expect(lineOf("b")).toMatch(/standby +streaming sync +3 +500 B +0:02$/);
});

test("opened of a node it draws the whole cluster, with the cursor on the line of that node", () => {
  const other = cluster("books", [{ name: "x", depth: 0 }]);
  const { nodes, clusters, samples } = seen([sender(7), sender(8)], [below("b", 7), below("c", 8)]);
  const desk = sitDown(observed([...Object.values(nodes), node("x")], [...clusters, other], samples));
  desk.open({ kind: "node", node: "c" });
  desk.press(":", ..."topology", "enter");
  expect(desk.place).toMatchObject({ view: "topology", scope: { kind: "node", node: "c" } });
  const drawn = draw(desk.state()).join("\n");
  for (const name of ["a", "b", "c"]) expect(drawn).toMatch(new RegExp(`└ ${name} |├ ${name} `));
  expect(drawn).not.toContain(" x ");
  expect(subjectHere(desk.state())).toMatchObject({ node: "c" });
  // The line is followed, whichever way another node is chosen.
  desk.press("2");
  expect(subjectHere(desk.state()).node).toBe("b");
  desk.press("up");
  expect(subjectHere(desk.state()).node).toBe("a");
});
