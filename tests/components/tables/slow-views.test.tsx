import { expect, test } from "bun:test";
import type { Observed } from "../../../src/store/store.ts";
import { activityOf, backend, node, nowMs, observed, stateOf } from "../../support/screens/fixtures.ts";
import { activityOn, at, dark, draw, drawRaw } from "../../support/screens/screens.tsx";

type Paces = Observed["paces"][string];

/** Nodes whose rows are this old, with the activity view slowed down on some of them. */
const slowed = (paces: Paces, ageMs: number, names = ["orders-1", "orders-2", "billing"]) => {
  const rows = Object.fromEntries(names.map((name, index) => [name, [backend(100 + index)]]));
  const seen = observed(
    names.map((name) => node(name)),
    undefined,
    activityOf(rows, nowMs - ageMs),
  );
  return stateOf(
    { ...seen, paces: { activity: paces } },
    { columns: 120, rows: 20, ...at(activityOn(null)) },
  );
};

test("a table says which node is asked less often, how often, and what the view takes there", () => {
  const screen = draw(slowed({ "orders-1": { everyMs: 8000, tookMs: 800 } }, 500)).join("\n");
  expect(screen).toContain("● orders-1: every 8s: it takes this server 800 ms");
  expect(screen).not.toContain("more node");
});

test("of several it names the slowest, and counts the others", () => {
  const paces = {
    "orders-1": { everyMs: 2000, tookMs: 110 },
    billing: { everyMs: 32_000, tookMs: 3200 },
    "orders-2": { everyMs: 3000, tookMs: 250 },
  };
  expect(draw(slowed(paces, 500)).join("\n")).toContain(
    "● billing: every 32s: it takes this server 3.2 s; 2 more nodes are slow too",
  );
});

test("rows of a node that is asked less often are not called old before it is asked again", () => {
  const paces = { "orders-1": { everyMs: 8000, tookMs: 800 } };
  const muted = (pid: number, ageMs: number) =>
    drawRaw(slowed(paces, ageMs), dark)
      .find((line) => line.includes(String(pid)))
      ?.includes("\u001b[90m");
  expect(muted(101, 9000)).toBe(true);
  expect(muted(100, 9000)).toBe(false);
  expect(draw(slowed(paces, 9000)).join("\n")).not.toMatch(/orders-1.*: no fresh answer/);
  expect(draw(slowed(paces, 17_000)).join("\n")).toMatch(
    /orders-1, orders-2, billing: no fresh answer, rows are 17s old/,
  );
});

test("a node under stress is told of first, with why, and its rows are not called old before it is asked again", () => {
  const why = "pulse 900 ms (usually 2.0 ms)";
  const stress = { sinceMs: nowMs - 9000, why, slower: 4, usualMs: 2 };
  const at9s = (paces: Paces, more: { readonly ageMs: number }) => {
    const state = slowed(paces, more.ageMs);
    const nodes = { ...state.observed.nodes, billing: node("billing", { stress }) };
    return draw({ ...state, observed: { ...state.observed, nodes } }).join("\n");
  };
  const paces = { "orders-1": { everyMs: 8000, tookMs: 800 }, billing: { everyMs: 4000, tookMs: 5 } };
  expect(at9s(paces, { ageMs: 4500 })).toContain(
    `● billing: every 4s: asked less: node under stress, ${why}; 1 more node is slow too`,
  );
  // From the moment on, before it was asked at that pace once.
  const early = at9s({}, { ageMs: 4500 });
  expect(early).toContain(`● billing: asked less: node under stress, ${why}`);
  expect(early).toContain("orders-1, orders-2: no fresh answer");
  expect(early).not.toMatch(/billing.*: no fresh answer/);
});
