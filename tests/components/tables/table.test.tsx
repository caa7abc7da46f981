import { describe, expect, test } from "bun:test";
import { render } from "ink-testing-library";
import { Screen } from "../../../src/components/App.tsx";
import { type Cell, type DrawnColumn, layOut } from "../../../src/components/drawing/layout.ts";
import { drawLine } from "../../../src/components/drawing/line.ts";
import type { NodeEntry } from "../../../src/store/nodes.ts";
import type { Spot } from "../../../src/store/screen.ts";
import { safe } from "../../../src/text/safe-text.ts";
import { safeText } from "../../../src/text/text.ts";
import type { Backend } from "../../../src/views/backends/activity.ts";
import { activity } from "../../../src/views/backends/activity.ts";
import { idText, rowId } from "../../../src/views/row-id.ts";
import {
  activityOf,
  backend,
  facts,
  health,
  node,
  nowMs,
  observed,
  pulse,
  stateOf,
} from "../../support/screens/fixtures.ts";
import { badDay } from "../../support/screens/fleet-fixtures.ts";
import { activityOn, at, colourless, dark, draw, drawRaw } from "../../support/screens/screens.tsx";

const column = (header: string, priority: number, more: Partial<DrawnColumn> = {}): DrawnColumn => ({
  header: safeText(header),
  priority,
  align: "left",
  maxWidth: 10,
  ...more,
});
const columns = [
  column("A", 0, { frozen: true }),
  column("B", 2, { align: "right" }),
  column("C", 1),
  column("Q", 0, { grows: true }),
];
const rows: Cell[][] = [
  [{ text: safe`a` }, { text: safe`1234567890123` }, { text: safe`cc` }, { text: safe`q` }],
];

describe("column widths", () => {
  test("are what the widest cell needs, up to the maximum; one takes the rest", () => {
    expect(layOut(columns, rows, 60)).toEqual([
      { at: 0, width: 1 },
      { at: 1, width: 10 },
      { at: 2, width: 2 },
      { at: 3, width: 44 },
    ]);
  });

  test("make room by priority, never by the first ones", () => {
    const modest = columns.map((column) => (column.grows ? { ...column, growsFrom: 6 } : column));
    expect(layOut(modest, rows, 30).length).toBe(columns.length);
    expect(layOut(columns, rows, 30).map(({ at: index }) => index)).toEqual([0, 2, 3]);
    expect(layOut(columns, rows, 10).map(({ at: index }) => index)).toEqual([0, 3]);
    expect(layOut(columns, rows, 10).reduce((sum, { width }) => sum + width + 1, -1)).toBe(10);
  });

  test("make room in one that would like more before one of the most important leaves", () => {
    const wide = (priority: number) =>
      columns.map((one, at) =>
        one.grows ? { ...one, growsFrom: 50 } : at === 1 ? { ...one, priority } : one,
      );
    const indexes = (priority: number) => layOut(wide(priority), rows, 60).map(({ at }) => at);
    expect(indexes(2)).toEqual([0, 2, 3]);
    expect(indexes(0.5)).toEqual([0, 1, 3]);
    const [, , growing] = layOut(wide(0.5), rows, 60);
    expect(growing?.width).toBe(60 - 1 - 10 - 2);
  });

  test("make room by the empty ones first, until something has stood there", () => {
    const empty: Cell[][] = rows.map((row) => row.map((cell, at) => (at === 2 ? { text: safe`` } : cell)));
    const indexes = (some: Cell[][], widest: number[]) =>
      layOut(columns, some, 33, { widest }).map(({ at }) => at);
    const widest: number[] = [];
    expect(indexes(empty, widest)).toEqual([0, 1, 3]);
    expect(indexes(rows, widest)).toEqual([0, 2, 3]);
    expect(indexes(empty, widest)).toEqual([0, 2, 3]);
    expect(layOut(columns, empty, 60).map(({ at }) => at)).toEqual([0, 1, 2, 3]);
  });

  test("scroll away after the frozen ones", () => {
    expect(layOut(columns, rows, 60, { skip: 1 }).map(({ at: index }) => index)).toEqual([0, 2, 3]);
  });

  test("never shrink while one looks at them", () => {
    const widest: number[] = [];
    layOut(columns, rows, 60, { widest });
    expect(layOut(columns, [], 60, { widest })[1]).toEqual({ at: 1, width: 10 });
  });
});

describe("a line", () => {
  const layout = layOut(columns, rows, 40);

  test("says less where the whole does not fit", () => {
    const cell: Cell = {
      text: safe`a long reason, and more of it`,
      shorter: [safe`a long reason`, safe`a reason`],
    };
    const line = (cells: number) => drawLine([cell], [column("Q", 0)], [{ at: 0, width: cells }], colourless);
    expect<string>(line(30)).toBe("a long reason, and more of it");
    expect<string>(line(13)).toBe("a long reason");
    expect<string>(line(9)).toBe("a reason");
    expect<string>(line(4)).toBe("a r…");
  });

  test("shares colour codes among neighbours and leaves blanks alone", () => {
    const muted = (text: string): Cell => ({ text: safeText(text), meaning: "muted" });
    expect<string>(drawLine([muted("a"), muted("b"), muted("c"), muted("")], columns, layout, dark)).toBe(
      "\u001b[90ma          b c\u001b[0m",
    );
    expect<string>(
      drawLine([{ text: safe`` }, { text: safe`b`, meaning: "critical" }], columns, layout, dark),
    ).toBe(`${" ".repeat(11)}\u001b[1;31mb\u001b[0m`.padEnd(0));
  });

  test("keeps its state's sign in colour while it is selected", () => {
    const signed = [column(" ", 0, { sign: true }), column("NODE", 0)];
    const cells: Cell[] = [{ text: safe`✖`, meaning: "critical" }, { text: safe`a` }];
    const drawn = drawLine(cells, signed, layOut(signed, [cells], 20), dark, "selected");
    expect<string>(drawn).toBe("\u001b[1;31m✖\u001b[0m \u001b[7ma   \u001b[0m");
  });
});

const pids = (...some: number[]) =>
  observed([node("a")], undefined, activityOf({ a: some.map((pid) => backend(pid)) }));

test.each(["application_name", "client_addr", "blockers"])(
  "a narrow table shows %s when it is sorted by it",
  (sortBy) => {
    const heading = (spot: Partial<Spot>) =>
      draw(stateOf(badDay, { columns: 80, rows: 24, ...at(activityOn(null), spot) }))[2];
    expect(heading({})).toMatch(/ TX ⌄/);
    expect(heading({ sortBy })).toMatch(/(APP|CLIENT|BLOCKED BY) ⌃/);
  },
);

test("at 80 columns it is told who blocks whom, and once nobody is blocked what each waits for", () => {
  const heading = (one: Partial<Backend>) => {
    const waiting = backend(1, { wait: "Lock:transactionid", ...one });
    const seen = observed([node("a")], undefined, activityOf({ a: [waiting] }));
    return draw(stateOf(seen, { columns: 80, rows: 24, ...at(activityOn("a")) }))[2];
  };
  expect(heading({ blockers: "8123, prepared order-77 3min" })).toContain("BLOCKED BY");
  expect(heading({ blockers: "prepared a name that is long 3min" })).toContain("BLOCKED BY");
  expect(heading({ blockers: null })).toMatch(/ WAIT (?!.*BLOCKED BY)/);
});

test("the node comes first where there is more than one to tell apart", () => {
  const heading = (seen: typeof badDay) =>
    draw(stateOf(seen, { columns: 100, rows: 15, ...at(activityOn(null)) }))[2];
  expect(heading(badDay)).toMatch(/^ {3}NODE +PID/);
  expect(heading(pids(1))).toMatch(/^ PID/);
});

test("columns stay where they are when wide rows leave", () => {
  const screen = (seen: typeof badDay) => (
    <Screen state={stateOf(seen, { columns: 100, rows: 15, ...at(activityOn("a")) })} theme={colourless} />
  );
  const long = observed(
    [node("a")],
    undefined,
    activityOf({ a: [backend(1, { usename: "a_long_name", wait: "Lock:tuple" })] }),
  );
  const { lastFrame, rerender, unmount } = render(screen(long));
  const heading = () => lastFrame()?.split("\n")[2];
  const before = heading();
  rerender(screen(pids(1)));
  expect(heading()).toBe(before);
  unmount();
});

test("rows stay where they are when a node goes silent, and the note at the foot says so", () => {
  const size = { columns: 100, rows: 20, ...at(activityOn(null)) };
  const before = draw(stateOf(pids(1, 2, 3), size));
  const seen = pids(1, 2, 3);
  const after = draw(stateOf({ ...seen, nowMs: nowMs + 9000 }, size));
  expect(after.slice(2, 6)).toEqual(before.slice(2, 6));
  expect(after.at(-3)).toMatch(/a: no fresh answer, rows are 9\.0s old$/);
});

test("what is missing is wrapped, so that the GRANT at its end can be read at 80 columns", () => {
  const bare = node("a-node-of-the-reporting-cluster", {
    facts: facts({ user: "monitoring_of_the_reports", sessionUser: "monitor", readsAllStats: false }),
    pulse: pulse({ hidden_processes: 7 }),
  });
  const seen = observed([bare], undefined, activityOf({ [bare.name]: [backend(1)] }));
  const lines = draw(stateOf(seen, { columns: 80, rows: 24, ...at(activityOn(null)) }));
  const note = lines.slice(-5).join(" ").replace(/\s+/g, " ");
  expect(note).toContain("GRANT pg_monitor TO monitoring_of_the_reports (monitor runs as it)");
});

test("an empty table says why where its rows would be, and how to see more", () => {
  const empty = (idle: boolean) =>
    draw(stateOf(pids(), { columns: 100, rows: 20, idle, ...at(activityOn(null)) }))[3];
  expect(empty(false)).toBe("  nothing runs; i shows idle sessions too");
  expect(empty(true)).toBe("  no rows in pg_stat_activity, pg_prepared_xacts");
});

test.each([
  ["alerts", "  no alerts"],
  ["events", "  nothing happened yet"],
])("%s without rows says what that means", (view, words) => {
  const place = { kind: "view", view, scope: { kind: "all" } } as const;
  expect(draw(stateOf(observed([node("a")]), { columns: 100, rows: 20, ...at(place) }))[3]).toBe(words);
});

test("the table of a node that was removed does not say that nothing runs", () => {
  const gone = draw(stateOf(pids(), { columns: 100, rows: 20, ...at(activityOn("removed")) }));
  expect(gone[3]).toBe("  no node is left here; Esc goes back");
});

test("old rows are dimmed, fresh ones are not", () => {
  const size = { columns: 120, rows: 20, ...at(activityOn(null)) };
  const line = (pid: string) =>
    drawRaw(stateOf(badDay, size)).find((text) => text.includes(` ${pid} `)) ?? "";
  expect<string>(line("77")).toContain("\u001b[90m");
  expect<string>(line("2210")).not.toContain("\u001b[90m");
});

test("the window follows the cursor through more rows than fit", () => {
  const many = pids(...Array.from({ length: 100 }, (_, index) => 1000 + index));
  const keys = Array.from({ length: 100 }, (_, index) => idText(rowId("a", activity, backend(1000 + index))));
  for (const index of [0, 8, 50, 99]) {
    const spot = { cursor: keys[index] ?? null, index };
    const lines = draw(stateOf(many, { columns: 80, rows: 15, ...at(activityOn("a"), spot) }));
    expect(lines.filter((text) => text.startsWith("❯"))).toEqual([
      lines.find((text) => text.includes(String(1000 + index))) ?? "not on screen",
    ]);
    const [, first, last] = /─ (\d+)-(\d+) of 100 ──$/.exec(lines.at(-2) ?? "") ?? [];
    expect(Number(last) - Number(first)).toBe(9);
    expect(lines[3]).toContain(String(999 + Number(first)));
  }
});

test("what a server withholds of a session is unknown, and not none", () => {
  const quiet = { state: null, wait: null, xact_seconds: null, query_seconds: null, blockers: null };
  const line = (more: object) => {
    const seen = observed([node("a")], undefined, activityOf({ a: [backend(1, { ...quiet, ...more })] }));
    return (
      draw(stateOf(seen, { columns: 200, rows: 15, ...at(activityOn("a")) }))[3]?.match(/–/g)?.length ?? 0
    );
  };
  expect(line({ state: "idle" })).toBe(0);
  expect(line({ state: "disabled" })).toBe(2);
  expect(line({ backend_type: null })).toBe(5);
});

test("an event is marked by how bad it was, not by how its node is now", () => {
  const event = { clockMs: 0, node: "a", kind: "action" } as const;
  const events = [
    { ...event, severity: "ok", text: "slot dropped by you" },
    { ...event, severity: "warning", text: "promoted" },
  ] as const;
  const place = { kind: "view", view: "events", scope: { kind: "all" } } as const;
  const down = node("a", { health: health("error") });
  const drawn = (nodes: readonly NodeEntry[]) =>
    draw(stateOf({ ...observed(nodes), events }, { columns: 80, rows: 15, ...at(place) })).join("\n");
  expect(drawn([down, node("b")])).toMatch(/● a .*slot dropped by you/);
  expect(drawn([down, node("b")])).toMatch(/▲ a .*promoted/);
});

test("only text that does not fit ends in an ellipsis, under the cursor too", () => {
  const event = { clockMs: 0, node: "a", kind: "state", severity: "ok" } as const;
  const events = [
    { ...event, text: "connected" },
    { ...event, text: "no answer ".repeat(12) },
  ];
  const place = { kind: "view", view: "events", scope: { kind: "all" } } as const;
  const lines = draw(
    stateOf({ ...observed([node("a")]), events }, { columns: 80, rows: 15, ...at(place, { index: 0 }) }),
  );
  expect(lines.find((line) => line.startsWith("❯"))).toMatch(/connected$/);
  expect(lines.find((line) => line.includes("no answer"))).toMatch(/…$/);
});
