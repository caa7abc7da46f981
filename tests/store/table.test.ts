import { describe, expect, test } from "bun:test";
import { currentTable } from "../../src/store/table.ts";
import type { Backend } from "../../src/views/backends/activity.ts";
import { failedSample } from "../../src/views/compared.ts";

import type { Row } from "../../src/views/view.ts";
import {
  activityOf,
  backend,
  facts,
  node,
  nowMs,
  observed,
  okSample,
  pulse,
  refused,
  stateOf,
} from "../support/screens/fixtures.ts";
import { badDay } from "../support/screens/fleet-fixtures.ts";
import { activityOn, at } from "../support/screens/screens.tsx";

const tableOf = (seen: Parameters<typeof stateOf>[0], spot = {}) => {
  const table = currentTable(stateOf(seen, at(activityOn(null), spot)));
  if (!table) throw new Error("no table");
  return table;
};

test("there is no table where none is on screen", () => {
  expect(currentTable(stateOf(badDay))?.view.name).toBe("fleet");
  expect(currentTable(stateOf(badDay, at({ kind: "node", node: "orders-1" })))).toBeNull();
  expect(
    currentTable(stateOf(badDay, at({ kind: "view", view: "removed", scope: { kind: "all" } }))),
  ).toBeNull();
});

describe("the table of a view", () => {
  test("says of each node without fresh rows why", () => {
    const { missing } = tableOf(badDay);
    expect(missing.map(({ node: { name }, why }) => [name, why])).toEqual([
      ["billing-1", "connection refused"],
      ["billing-2", "connection refused"],
      ["reports", "needs 18"],
      ["archive", "no answer yet"],
      ["parked", "no answer yet"],
      ["vault", 'password authentication failed for user "monitor"'],
      ["hr", "the database system is starting up"],
    ]);
  });

  test("keeps the last rows of a node that fails, with their age", () => {
    const { lines } = tableOf(badDay);
    expect(lines.map(({ id: { node }, ageMs }) => [node, ageMs])).toEqual([
      ["orders-1", 0],
      ["orders-1", 0],
      ["orders-2", 0],
      ["billing-2", 12_000],
    ]);
  });

  test("names the GRANT that is missing, as it can be run", () => {
    const unseen = pulse({ hidden_processes: 7 });
    const why = (login: string, rows: Backend[]) => {
      const bare = node("a", { facts: facts({ user: "My-role", sessionUser: login }), pulse: unseen });
      return tableOf(observed([bare], undefined, activityOf({ a: rows }))).missing.map((one) => one.why);
    };
    const grant = 'what sessions of other roles do is hidden: GRANT pg_monitor TO "My-role"';
    for (const rows of [[], [backend(1)]]) expect(why("My-role", rows)).toEqual([grant]);
    expect(why("monitor", [])).toEqual([`${grant} (monitor runs as it)`]);
  });

  test("names it for receivers of WAL too, however many there are", () => {
    const unseen = pulse({ hidden_processes: 7 });
    const bare = node("a", { facts: facts({ user: "bare", sessionUser: "bare" }), pulse: unseen });
    const spot = at({ kind: "view", view: "replication", scope: { kind: "all" } });
    const missingWith = (rows: readonly Row[]) => {
      const samples = { replication: { a: okSample(rows) } };
      return currentTable(stateOf(observed([bare], undefined, samples), spot))?.missing.map(({ why }) => why);
    };
    for (const rows of [[], [{ pid: 1, application_name: "b" }]])
      expect(missingWith(rows)).toEqual(["states and positions may not be seen: GRANT pg_monitor TO bare"]);
  });

  test("leaves our own session out", () => {
    const seen = observed([node("a")], undefined, activityOf({ a: [backend(1), backend(2, { own: true })] }));
    expect(tableOf(seen).lines.map(({ row }) => row["pid"])).toEqual([1]);
    expect(tableOf(seen).total).toBe(1);
  });

  test("tells the same process id on two nodes apart", () => {
    const seen = observed(
      [node("a"), node("b")],
      undefined,
      activityOf({ a: [backend(1)], b: [backend(1)] }),
    );
    const [first, second] = tableOf(seen).lines.map(({ key }) => key);
    expect(first).not.toBe(second);
  });

  test("puts rows without a value last, whichever way it is sorted", () => {
    const rows = [backend(1, { query_seconds: null }), backend(2), backend(3, { query_seconds: 9 })];
    const seen = observed([node("a")], undefined, activityOf({ a: rows }));
    const pids = (sortBy: string) => tableOf(seen, { sortBy }).lines.map(({ row }) => row["pid"]);
    expect(pids("query_seconds")).toEqual([2, 3, 1]);
    expect(pids("-query_seconds")).toEqual([3, 2, 1]);
  });

  test("counts what a filter hides and keeps all rows while it is wrong", () => {
    expect(tableOf(badDay, { filter: "node:orders-1" })).toMatchObject({ total: 4, filterError: null });
    expect(tableOf(badDay, { filter: "node:orders-1" }).lines).toHaveLength(2);
    const wrong = tableOf(badDay, { filter: "nosuch>1" });
    expect(wrong.lines).toHaveLength(4);
    expect(wrong.filterError).toContain("nosuch");
  });
});

describe("a sample that failed", () => {
  const good = okSample([backend(1)], nowMs - 5000);

  test("keeps the answer before it, however often it fails", () => {
    const failed = failedSample(refused, good);
    expect(failed).toEqual({ state: "failed", error: refused, last: good });
    expect(failedSample(refused, failed)).toEqual(failed);
  });

  test("has no rows where there were none", () => {
    expect(failedSample(refused, undefined)).toMatchObject({ last: null });
    expect(failedSample(refused, { state: "notApplicable", why: "needs 18" })).toMatchObject({ last: null });
  });
});
