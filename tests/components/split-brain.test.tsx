import { expect, test } from "bun:test";
import { judged } from "../support/rules/judged.ts";
import { cluster, facts, node, observed, standby, stateOf } from "../support/screens/fixtures.ts";
import { at, draw, drawRaw } from "../support/screens/screens.tsx";

const both = [node("orders-1"), node("orders-2", { facts: facts({ timeline: 4 }) })] as const;
const [one, two] = both;
const seen = [one, two].map((entry) => {
  const others = both.filter((other) => other !== entry);
  const look = { nodes: [entry, ...others] };
  return { ...entry, alerts: judged([look, look]).alerts };
});
const problem = "two primaries: orders-2, orders-1";
const names = ["orders-1", "orders-2", "orders-3"].map((name) => ({ name, depth: 0 }));
const night = observed([...seen, standby("orders-3")], [cluster("orders", names, { problem })]);
const size = { columns: 140, rows: 24 };

test("two primaries of one system are critical in the header, on both rows and above them", () => {
  const lines = draw(stateOf(night, size));
  expect(lines[0]).toMatch(/● 1 up {2}✖ 2 critical/);
  expect(
    lines.filter((line) => /✖ .*orders-[12] +primary .*split brain: orders-[12] is primary too/.test(line)),
  ).toHaveLength(2);
  expect(lines.find((line) => line.includes("3 nodes"))).toContain(`✖ ${problem}`);
  const painted = drawRaw(stateOf(night, size)).filter((line) => line.includes("\u001b[1;31msplit brain"));
  expect(painted).toHaveLength(2);
});

test("each of the two pages says it first", () => {
  for (const name of ["orders-1", "orders-2"]) {
    const lines = draw(stateOf(night, { ...size, ...at({ kind: "node", node: name }) }));
    expect(lines.join("\n")).toMatch(/critical .*split brain: orders-[12] is primary too/);
  }
});
