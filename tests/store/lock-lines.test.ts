import { expect, test } from "bun:test";
import { wantedViews } from "../../src/store/on-screen.ts";
import { sitDown } from "../support/screens/desk.ts";
import { activityOf, backend, node, observed, okSample } from "../support/screens/fixtures.ts";
import { alterQueue } from "../support/screens/lock-fixtures.ts";
import { draw } from "../support/screens/screens.tsx";

const held = (pid: number, object: string) => ({
  ...{ pid, granted: true, mode: "RowExclusiveLock", locktype: "relation", object, lock: object },
});

/** At the row of the session with this process id, beside a lock queue. */
function at(pid: number) {
  const seen = observed([node("a")], undefined, {
    ...activityOf({ a: [backend(pid)] }),
    lock_waits: { a: okSample(alterQueue(5)) },
    session_locks: {
      a: okSample(["one", "two", "three", "four"].map((name) => held(pid, `public.${name}`))),
    },
  });
  const desk = sitDown(seen, { columns: 100, rows: 40 });
  desk.press("a", "enter");
  return desk;
}
const screenOf = (pid: number) => draw(at(pid).state()).join("\n");

test("a session's row says what it waits for, who blocks it and whom it blocks", () => {
  const screen = screenOf(200);
  expect(screen).toMatch(/waits for +AccessExclusiveLock on public\.orders 0:41/);
  expect(screen).toMatch(/blocked by +100 idle in tx web-7 select 1/);
  expect(screen.match(/blocks +30\d active web-7 select \* from orders/g)).toHaveLength(3);
  expect(screen).toContain("and 2 more");
});

test("a root says whom it blocks, and what it holds", () => {
  const screen = screenOf(100);
  expect(screen).toMatch(/blocks +200 active web-7 alter table/);
  expect(screen).not.toContain("waits for");
  expect(screen).toContain("4 locks: RowExclusiveLock on public.one, RowExclusiveLock on public.two, ");
});

test("a session that neither waits nor blocks says nothing of it, and its locks are asked for", () => {
  const desk = at(7);
  expect(draw(desk.state()).join("\n")).not.toMatch(/waits for|blocks {2}/);
  const wanted = wantedViews(desk.state()).map(({ view, viewOptions }) => [view.name, viewOptions.pid]);
  expect(wanted).toEqual([
    ["activity", undefined],
    ["lock_waits", undefined],
    ["session_locks", 7],
  ]);
});
