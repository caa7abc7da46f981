import { expect, test } from "bun:test";
import { stateOf } from "../support/screens/fixtures.ts";
import { lockChain } from "../support/screens/incident-fixtures.ts";
import { at, colourless, dark, draw, drawRaw } from "../support/screens/screens.tsx";

const size = { columns: 132, rows: 40 };

const on = (view: string) =>
  stateOf(lockChain, { ...size, ...at({ kind: "view", view, scope: { kind: "all" } }) });
const lines = (view: string) => draw(on(view), colourless).filter((line) => /^[ ❯][✖▲●] /.test(line));
const firstWords = (line: string) => line.slice(3).split(/\s+/).slice(0, 3);

test("the roots of all nodes are in one tree, those that free the most first", () => {
  const roots = lines("locks").filter((line) => !line.includes("└"));
  expect(roots.map(firstWords)).toEqual([
    ["reports", "5271", "16"],
    ["orders-1", "5309", "4"],
    ["billing-1", "5270", "2"],
    ["billing-1", "prepared", "payment-601"],
  ]);
});

test("readers that only stand behind the ALTER TABLE are named so", () => {
  const queued = lines("locks").filter((line) => line.includes(" queued "));
  expect(queued).toHaveLength(15);
  for (const line of queued) expect(line).toMatch(/^ ✖ reports {5}└ \d+ .*select count/);
});

test("the alerts of all nodes are listed with the worst first, in its colour", () => {
  expect(lines("alerts").map(firstWords)).toEqual([
    ["orders-1", "critical", "0:50"],
    ["billing-1", "critical", "0:50"],
    ["reports", "critical", "0:50"],
    ["orders-1", "warning", "0:40"],
  ]);
  const [second] = drawRaw(on("alerts"), dark).filter((line) => line.includes("billing-1"));
  expect(second).toContain("\x1b[1;31mcritical");
});
