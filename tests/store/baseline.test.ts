import { expect, test } from "bun:test";
import { withNames } from "../../src/store/renamed.ts";
import { currentTable, tableOf } from "../../src/store/table.ts";
import type { OkSample } from "../../src/views/sample.ts";
import { statements } from "../../src/views/statements/statements.ts";
import { databases } from "../../src/views/storage/databases.ts";
import { sitDown } from "../support/screens/desk.ts";
import { node, nowMs, observed } from "../support/screens/fixtures.ts";
import { draw } from "../support/screens/screens.tsx";

const row = (commits: bigint) => ({ datid: 5, datname: "shop", counted: true, xact_commit: commits });
const sample = (commits: bigint, atMs: number): OkSample => ({
  state: "ok",
  rows: [row(commits)],
  atMs,
  clockMs: atMs,
  epoch: "1",
});

/** A node whose database has committed so often, and so often a second before. */
const seen = (commits: bigint, before: bigint, atMs = nowMs) => ({
  ...observed([node("a")], undefined, { [databases.name]: { a: sample(commits, atMs) } }),
  nowMs: atMs,
  earlier: { [databases.name]: { a: sample(before, atMs - 1000) } },
});

function opened() {
  const desk = sitDown(seen(150n, 100n));
  desk.press("b");
  const commits = () => currentTable(desk.state())?.lines[0]?.row["xact_commit"];
  const look = (commits: bigint, before: bigint, atMs: number) =>
    desk.store.setState({ observed: seen(commits, before, atMs) });
  return { desk, commits, look, drawn: () => draw(desk.state()).join("\n") };
}

test("m counts from the moment that it was pressed, and once more it shows rates", () => {
  const { desk, commits, look, drawn } = opened();
  expect(commits()).toBe(50);
  expect(drawn()).toMatch(/COMMIT\/s/);
  desk.press("m");
  // Nothing came after it yet.
  expect(commits()).toBeNull();
  look(170n, 150n, nowMs + 1000);
  look(190n, 170n, nowMs + 61_000);
  expect(commits()).toBe(40);
  expect(drawn()).toMatch(/COMMIT(?!\/s)/);
  expect(drawn()).toMatch(/counted since the mark at \d\d:\d\d:\d\d, 61s ago; m takes it away/);
  desk.press("m");
  expect(commits()).toBe(20);
  expect(drawn()).not.toMatch(/mark at/);
});

test("below the table too a counter is called a rate only where it is one", () => {
  const look = (temp_bytes: bigint, atMs: number) => ({
    ...sample(150n, atMs),
    rows: [{ ...row(150n), temp_bytes }],
  });
  const state = (temp_bytes: bigint, atMs: number) => ({
    ...seen(150n, 100n, atMs),
    samples: { [databases.name]: { a: look(temp_bytes, atMs) } },
    earlier: { [databases.name]: { a: look(0n, atMs - 1000) } },
  });
  const desk = sitDown(state(3n, nowMs), { columns: 60, rows: 24 });
  desk.press("b");
  const drawn = () => draw(desk.state()).join("\n");
  expect(drawn()).toMatch(/temp B\/s 3/);
  desk.press("m");
  desk.store.setState({ observed: state(90n, nowMs + 61_000) });
  expect(drawn()).toMatch(/temp B 87/);
  desk.press("m", "t");
  expect(drawn()).toMatch(/temp B 90/);
});

test("t shows totals, and once more rates", () => {
  const { desk, commits, drawn } = opened();
  desk.press("t");
  expect(commits()).toBe(150);
  expect(drawn()).toMatch(/totals since the counters began; t shows rates/);
  desk.press("t");
  expect(commits()).toBe(50);
});

test("a mark goes with a node that is renamed, and compares nothing across a restart", () => {
  const { desk, commits, look } = opened();
  desk.press("m");
  look(170n, 150n, nowMs + 1000);
  desk.store.setState(withNames(desk.state(), [{ from: "a", to: "b" }]));
  expect(commits()).toBe(20);
  const { observed: now } = desk.state();
  const restarted = { ...sample(180n, nowMs + 2000), epoch: "2" };
  desk.store.setState({ observed: { ...now, samples: { [databases.name]: { b: restarted } } } });
  expect(commits()).toBeNull();
});

test("what was not asked for when the mark was set has rates", () => {
  const desk = sitDown({ ...seen(150n, 100n), samples: {} });
  desk.press("b", "m");
  desk.store.setState({ observed: seen(150n, 100n) });
  expect(currentTable(desk.state())?.lines[0]?.row["xact_commit"]).toBe(50);
  expect(currentTable(desk.state())?.comparison).toBe("rate");
});

test("views without counters have no mark", () => {
  const desk = sitDown(seen(150n, 100n));
  desk.press("a", "m");
  expect(desk.state().screen.baseline.kind).toBe("previous");
});

test("what is rare is drawn in all, after a mark as what came since, and with t in all again", () => {
  const look = (deadlocks: bigint, atMs: number) => {
    const rows = [{ ...row(150n), deadlocks, checksum_failures: 2n }];
    return { ...seen(150n, 100n), samples: { [databases.name]: { a: { ...sample(150n, atMs), rows } } } };
  };
  const desk = sitDown(look(5n, nowMs));
  desk.press("b");
  const drawn = () => currentTable(desk.state())?.lines[0]?.row;
  expect(drawn()).toMatchObject({ deadlocks: 5n });
  desk.press("m");
  desk.store.setState({ observed: look(7n, nowMs + 60_000) });
  // A page that was found damaged stays so.
  expect(drawn()).toMatchObject({ deadlocks: 2n, checksum_failures: 2n });
  desk.press("t");
  expect(drawn()).toMatchObject({ deadlocks: 7n });
});

test("rows are in the order of their totals until there are rates, and where rates are the same", () => {
  const called = (queryid: string, total: bigint) => ({
    queryid,
    userid: 1,
    dbid: 1,
    total_exec_time: total,
  });
  const rows = (more: bigint) => [called("few", 10n), called("most", 50n), called("some", 20n + more)];
  const order = (before?: OkSample) => {
    const samples = { statements: { a: { ...sample(0n, nowMs), rows: rows(5n) } } };
    const shown = {
      ...observed([node("a")], undefined, samples),
      ...(before && { earlier: { statements: { a: before } } }),
    };
    const look = { filter: "", sortBy: null, folded: new Set<string>() };
    return tableOf(statements, shown, ["a"], look).lines.map((line) => line.row["queryid"]);
  };
  expect(order()).toEqual(["most", "some", "few"]);
  const before = { ...sample(0n, nowMs - 1000), rows: rows(0n) };
  expect(order(before)).toEqual(["some", "most", "few"]);
});
