import { describe, expect, test } from "bun:test";
import { nodeError } from "../../../src/postgres/node-error.ts";
import { currentTable } from "../../../src/store/table.ts";
import { failedSample, withPart } from "../../../src/views/compared.ts";
import { idText, rowId } from "../../../src/views/row-id.ts";
import type { Sample } from "../../../src/views/sample.ts";
import { tables } from "../../../src/views/storage/tables.ts";
import type { Row } from "../../../src/views/view.ts";
import { sitDown } from "../../support/screens/desk.ts";
import { node, nowMs, observed, okSample, stateOf } from "../../support/screens/fixtures.ts";
import { at, draw } from "../../support/screens/screens.tsx";

const table = (database: string, relname: string, more: Row = {}): Row => ({
  ...Object.fromEntries(Object.keys(tables.columns).map((name) => [name, null])),
  ...{ database, relid: 16_384, schemaname: "public", relname, tables: 1 },
  ...{ total_bytes: 8_192n, n_live_tup: 100n, n_dead_tup: 25n, dead_share: 20, ...more },
});

/** The tables of nodes, by node and database. */
const seen = (answers: Readonly<Record<string, Readonly<Record<string, Sample>>>>) => {
  const samples = Object.entries(answers).map(([name, parts]) => {
    const all = Object.keys(parts);
    const sample = Object.entries(parts).reduce<Sample | undefined>(
      (known, [database, part]) => withPart(known, database, part, all) ?? undefined,
      undefined,
    );
    return [name, sample];
  });
  return observed(
    Object.keys(answers).map((name) => node(name)),
    undefined,
    {
      tables: Object.fromEntries(samples),
    },
  );
};
const of = (database: string, relname: string, atMs = nowMs) => okSample([table(database, relname)], atMs);
const onTables = (scope = {}) => at({ kind: "view", view: "tables", scope: { kind: "all" }, ...scope });
const refused = { ...nodeError("privilege", "permission denied for database app2"), sqlstate: "42501" };

const state = (answers: Parameters<typeof seen>[0]) => stateOf(seen(answers), onTables());
const heading = (answers: Parameters<typeof seen>[0]) =>
  draw(state(answers)).find((line) => line.includes("TABLE ")) ?? "";

describe("the database of a row", () => {
  test("is a column where more than one is in scope, behind the node", () => {
    const two = { a: { app1: of("app1", "orders"), app2: failedSample(refused, undefined) } };
    expect(heading(two)).toMatch(/^ *DATABASE +SCHEMA +TABLE /);
    const nodes = { a: { app1: of("app1", "orders") }, b: { app2: of("app2", "orders") } };
    expect(heading(nodes)).toMatch(/NODE +DATABASE +SCHEMA +TABLE /);
  });

  test("is left out where all rows are of one", () => {
    expect(heading({ a: { app1: of("app1", "orders") } })).toMatch(/^ *SCHEMA +TABLE /);
    const nodes = { a: { app: of("app", "orders") }, b: { app: of("app", "orders") } };
    expect(heading(nodes)).toMatch(/NODE +SCHEMA +TABLE /);
  });

  test("tells apart tables of one OID, and their age", () => {
    const shown = currentTable(
      state({ a: { app1: of("app1", "orders"), app2: of("app2", "events", nowMs - 40_000) } }),
    );
    expect(shown?.lines.map(({ row, ageMs }) => [row["relname"], ageMs])).toEqual([
      ["orders", 0],
      ["events", 40_000],
    ]);
    expect(new Set(shown?.keys).size).toBe(2);
  });
});

test("a database without rows is said at the foot, beside the rows of the others", () => {
  const screen = draw(
    state({ a: { app1: of("app1", "orders"), app2: failedSample(refused, undefined) } }),
  ).join("\n");
  expect(screen).toContain("orders");
  expect(screen).toContain("a: app2: permission denied for database app2");
});

test("more of them are counted, and only what is old is said to be", () => {
  const parts = Object.fromEntries(
    ["app2", "app3", "app4", "app5"].map((name) => [name, failedSample(refused, undefined)]),
  );
  const old = failedSample(nodeError("timeout", "late"), of("app1", "orders", nowMs - 60_000));
  const screen = draw(state({ a: { app1: old, ...parts, app6: of("app6", "events") } })).join("\n");
  expect(screen).toContain("a: app1: late, rows are 60s old");
  expect(screen).toContain("a: app2: permission denied for database app2\n");
  expect(screen).toContain("and 2 more databases without fresh rows");
  const [first, second, third] = Object.values(parts);
  if (!first || !second || !third) throw new Error("no parts");
  const four = { a: { app1: of("app1", "orders"), app2: first, app3: second, app4: third, app5: third } };
  expect(draw(state(four)).join("\n")).toContain("and 1 more database without fresh rows");
});

test("a row's own screen has the age of its database, and why that does not answer", () => {
  const late = failedSample(nodeError("timeout", "late"), of("app1", "orders", nowMs - 60_000));
  const all = seen({ a: { app1: late, app2: of("app2", "events") } });
  const screenOf = (row: Row) => {
    const key = idText(rowId("a", tables, row));
    return draw(stateOf(all, at({ kind: "row", view: "tables", node: "a", key })))[2];
  };
  expect(screenOf(table("app1", "orders"))).toContain("60s old, late");
  expect(screenOf(table("app2", "events"))).toMatch(/ 0.0s old *$/);
});

test("a view that is opened while the screen is paused waits for each database", () => {
  const desk = sitDown(observed([node("a")]));
  const names = () => currentTable(desk.state())?.lines.map(({ row }) => row["relname"]);
  const orders = of("app1", "orders", nowMs + 1000);
  desk.press("space", "B");
  desk.observe({ ...partly(orders), nowMs: nowMs + 1000 });
  expect(names()).toEqual([]);
  const both = seen({ a: { app1: orders, app2: of("app2", "events", nowMs + 2000) } });
  desk.observe({ ...both, nowMs: nowMs + 2000 });
  expect(names()?.toSorted()).toEqual(["events", "orders"]);
});

/** One of two databases has answered. */
function partly(app1: Sample) {
  const sample = withPart(undefined, "app1", app1, ["app1", "app2"]);
  return observed([node("a")], undefined, { tables: sample ? { a: sample } : {} });
}

test("a database that has not answered yet is said, and counts", () => {
  const lines = draw(stateOf(partly(of("app1", "orders")), onTables()));
  expect(lines.join("\n")).toContain("a: app2: no answer yet");
  expect(lines.find((line) => line.includes("TABLE "))).toContain("DATABASE");
});
