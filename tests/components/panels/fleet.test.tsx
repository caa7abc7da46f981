import { describe, expect, test } from "bun:test";
import { nodeError } from "../../../src/postgres/node-error.ts";
import { alertId } from "../../../src/stats/quiet.ts";
import { failedSample } from "../../../src/views/compared.ts";
import { busyNode } from "../../support/screens/busy-node.ts";
import {
  activityOf,
  alert,
  backend,
  node,
  observed,
  pulse,
  stateOf,
} from "../../support/screens/fixtures.ts";
import { badDay, twentyNodes } from "../../support/screens/fleet-fixtures.ts";
import { draw, drawRaw } from "../../support/screens/screens.tsx";

const small = { columns: 80, rows: 24 };
const tall = { columns: 140, rows: 50 };
const text = (state: Parameters<typeof draw>[0]) => draw(state).join("\n");

describe("below the nodes the fleet shows", () => {
  test("the alerts of all nodes, the worst first, in the colour of their severity", () => {
    const lines = draw(stateOf(badDay, tall));
    const from = lines.findIndex((line) => line.startsWith("── Alerts  6  ! opens ─"));
    const severities = lines.slice(from + 1, from + 7).map((line) => /critical|warning/.exec(line)?.[0]);
    expect(severities).toEqual(["critical", "critical", "critical", "warning", "warning", "warning"]);
    expect(drawRaw(stateOf(badDay, tall)).join("\n")).toMatch(/billing-1 \u001b\[1;31mcritical/);
  });

  test("the longest transactions of those nodes, and none that is short", () => {
    const short = backend(5, { xact_seconds: 29 });
    const long = backend(6, { xact_seconds: 31 });
    const seen = observed(
      [node("a", { pulse: pulse({ oldest_transaction: 31 }) })],
      undefined,
      activityOf({ a: [short, long] }),
    );
    expect(text(stateOf(seen, tall))).toMatch(
      /── Longest transactions {2}1 {2}:activity all ─+\n.*\n ● a +6 /,
    );
  });

  test("at 80x24 nodes before anything else, and how much more there is", () => {
    const lines = text(stateOf(badDay, small));
    expect(lines).toMatch(/\n ◐ hr .*\n── Alerts {2}3 of 6 {2}! shows all ─/);
    expect(text(stateOf(twentyNodes, small))).not.toContain("── Alerts");
    expect(text(stateOf(busyNode, small))).toMatch(
      /── Longest transactions {2}\d+ of 31 {2}:activity all {2}1 node incomplete ─/,
    );
  });

  test("the sign of each alert, not that of its node", () => {
    const both = [alert("node_down", "critical", "unreachable"), alert("long_query", "warning", "runs")];
    const lines = text(stateOf(observed([node("a", { alerts: both }), node("b")]), tall));
    expect(lines).toMatch(/\n ✖ a +critical .*\n ▲ a +warning /);
  });

  test("no alert that is quiet", () => {
    const known = alert("slot_inactive", "warning", "slot s is inactive");
    const other = alert("long_query", "warning", "statement runs 11min");
    const quieted = new Map([[alertId("a", known), { kind: "acknowledged", severity: "warning" } as const]]);
    const seen = observed([node("a", { alerts: [known, other] }), node("b")]);
    expect(text(stateOf(seen, { ...tall, quieted }))).toMatch(/── Alerts {2}1 {2}! opens ─/);
    expect(text(stateOf(seen, { ...tall, quieted }))).not.toContain("slot s is inactive");
  });

  test("why a node that has something to show does not show it", () => {
    const error = nodeError("privilege", "permission denied");
    const samples = { activity: { a: failedSample(error, undefined) } };
    const seen = observed([node("a", { pulse: pulse({ oldest_transaction: 99 }) })], undefined, samples);
    expect(text(stateOf(seen, tall))).toContain("── Longest transactions  a: permission denied ─");
  });

  test("that a bare role does not see who blocks whom, and what would permit it", () => {
    const why = "sessions of other roles are hidden: GRANT pg_monitor TO a_role_with_a_long_name";
    const unknowns = [{ kind: "sessions", reason: why, rules: [] }] as const;
    const bare = { pulse: pulse({ blocked: null, hidden_processes: 7 }), unknowns };
    const lines = draw(stateOf(observed([node("a", bare), node("b", bare)]), small));
    const from = lines.findIndex((line) => line.startsWith("── Who blocks whom  unknown on 2 nodes ─"));
    expect(lines.slice(from + 1, from + 3)).toEqual([
      "  a and 1 more: sessions of other roles are hidden: GRANT pg_monitor TO",
      "    a_role_with_a_long_name",
    ]);
  });

  test("nothing where all is well", () => {
    const calm = observed([node("a", { pulse: pulse({ oldest_transaction: 3 }) })]);
    expect(text(stateOf(calm, tall))).not.toMatch(/Alerts {2}|Longest|Who blocks/);
  });
});
