import { expect, test } from "bun:test";
import { render } from "ink-testing-library";
import { Screen } from "../../../src/components/App.tsx";
import type { Spot } from "../../../src/store/screen.ts";
import type { Backend } from "../../../src/views/backends/activity.ts";
import { activityOf, backend, node, observed, stateOf } from "../../support/screens/fixtures.ts";
import { activityOn, at, colourless, draw } from "../../support/screens/screens.tsx";

test("columns stay where they are when a background process comes and goes, and when the order changes", () => {
  const worker = backend(7, { backend_type: "autovacuum worker", query_seconds: null });
  const waiting = backend(1, { wait: "Lock:transactionid", blockers: "8017" });
  const screen = (rows: Backend[], spot: Partial<Spot> = {}) => {
    const seen = observed([node("a")], undefined, activityOf({ a: rows }));
    const state = stateOf(seen, { columns: 100, rows: 15, ...at(activityOn("a"), spot) });
    return <Screen state={state} theme={colourless} />;
  };
  const { lastFrame, rerender, unmount } = render(screen([waiting]));
  const names = () =>
    lastFrame()
      ?.split("\n")[2]
      ?.replaceAll(/ [⌄⌃]/g, "")
      .trim()
      .split(/ {2,}| (?!BY|STATE$)/);
  rerender(screen([waiting, worker]));
  const before = names();
  expect(before).toContain("TYPE");
  for (const sortBy of [null, "-state", "usename", "blockers"]) {
    rerender(screen([waiting], { sortBy }));
    expect(names()).toEqual(before);
  }
  rerender(screen([waiting], { sortBy: "wait" }));
  expect(names()).toEqual(expect.arrayContaining(["WAIT", "BLOCKED BY"]));
  unmount();
});

test.each([80, 120])(
  "at %d columns it is told who a session is of, before more of its statement",
  (columns) => {
    const lines = (idle: Partial<Backend>) => {
      const rows = [backend(1, idle), backend(2, { usename: "deploy", application_name: "month-end" })];
      const seen = observed([node("a"), node("b")], undefined, activityOf({ a: rows }));
      return draw(stateOf(seen, { columns, rows: 24, ...at(activityOn(null)) }));
    };
    expect(lines({}).find((line) => line.includes("month-end"))).toMatch(
      / deploy +month-end +(\S+ +)?active /,
    );
    const idle = lines({ state: "idle", wait: "Client:ClientRead", query: "select 1" });
    if (columns === 120) expect(idle[2]).toContain("IN STATE");
  },
);
