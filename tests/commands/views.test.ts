import { describe, expect, test } from "bun:test";
import { currentTable } from "../../src/store/table.ts";
import { views } from "../../src/views/all.ts";
import type { View } from "../../src/views/view.ts";
import { sitDown } from "../support/screens/desk.ts";
import { activityOf, backend, node, observed } from "../support/screens/fixtures.ts";
import { badDay } from "../support/screens/fleet-fixtures.ts";
import { draw, nodeKey } from "../support/screens/screens.tsx";

const pids = (desk: ReturnType<typeof sitDown>) =>
  currentTable(desk.state())?.lines.map(({ row }) => row["pid"]);

const ofExtension = (view: View) => view.kind === "asked" && view.needsExtension !== undefined;

describe("views", () => {
  test("Tab goes round all of them and back to the fleet", () => {
    const desk = sitDown(badDay);
    const tabs = views.filter((view) => view.tab !== false && !ofExtension(view));
    const seen = tabs.map(() => {
      desk.press("tab");
      return desk.place.kind === "view" ? desk.place.view : desk.place.kind;
    });
    expect(seen).toEqual([...tabs.slice(1).map(({ name }) => name), "fleet"]);
    desk.press("shift-tab");
    expect(desk.place).toMatchObject({ view: tabs.at(-1)?.name });
    desk.press("escape");
    expect(desk.place).toEqual({ kind: "fleet" });
  });

  test("Tab goes through those of an extension where one of them is on screen", () => {
    const desk = sitDown(badDay);
    desk.press(":");
    desk.type("pgl");
    desk.press("enter");
    expect(desk.place).toMatchObject({ view: "pglogical_subscriptions" });
    desk.press("tab");
    expect(desk.place).toMatchObject({ view: "pglogical_tables" });
    desk.press("shift-tab", "shift-tab");
    expect(desk.place).toMatchObject({ view: "publications" });
    desk.press("tab");
    expect(desk.place).toMatchObject({ view: "conflicts" });
  });

  test("i asks for idle sessions too", () => {
    const desk = sitDown(badDay);
    desk.press("i");
    expect(desk.state().screen.idle).toBe(false);
    desk.press("a", "i");
    expect(desk.state().screen.idle).toBe(true);
  });
});

describe("sorting", () => {
  test("goes to the neighbouring columns, stops at the ends, and turns round", () => {
    const desk = sitDown(badDay);
    desk.press("a", "0");
    expect(pids(desk)).toEqual([8017, 8123, 2210, 77]);
    desk.press("R");
    expect(pids(desk)).toEqual([77, 2210, 8123, 8017]);
    desk.press("R", ">");
    expect(desk.spot.sortBy).toBe("-query_seconds");
    expect(pids(desk)).toEqual([8123, 2210, 77, 8017]);
    expect(desk.state().screen.notice).toBe("sorted by QUERY, highest first");
    for (let presses = 0; presses < 20; presses += 1) desk.press("<");
    expect(desk.spot.sortBy).toBe("-pid");
    expect(pids(desk)).toEqual([8123, 8017, 2210, 77]);
  });
});

describe("the filter", () => {
  test("works while it is typed and stays with Enter", () => {
    const desk = sitDown(badDay);
    desk.press("a", "/");
    desk.type("user:bi");
    expect(pids(desk)).toEqual([2210]);
    desk.press("enter");
    expect(desk.state().screen.overlay).toBeNull();
    expect(pids(desk)).toEqual([2210]);
  });

  test("goes back to what it was with Esc, and Esc drops it before it leaves the screen", () => {
    const desk = sitDown(badDay);
    desk.press("a", "0", "/");
    desk.type("node:orders-1");
    desk.press("enter", "/");
    desk.type(" xyz");
    expect(pids(desk)).toEqual([]);
    desk.press("escape");
    expect(pids(desk)).toEqual([8017, 8123]);
    desk.press("escape");
    expect(desk.spot.filter).toBe("");
    expect(pids(desk)).toHaveLength(4);
    desk.press("escape");
    expect(desk.place).toEqual({ kind: "fleet" });
  });

  test("takes every character as text, not as a key", () => {
    const desk = sitDown(badDay);
    desk.press("a", "/");
    desk.type("q ?:d1漢");
    expect(desk.spot.filter).toBe("q ?:d1漢");
    desk.press("backspace", "backspace");
    expect(desk.spot.filter).toBe("q ?:d");
    desk.press("ctrl-w");
    expect(desk.spot.filter).toBe("q ");
    desk.press("ctrl-u", "up", "pagedown");
    expect(desk.spot.filter).toBe("");
    expect(desk.asked).toEqual([]);
  });

  test("compares durations and shows all rows while it makes no sense", () => {
    const desk = sitDown(badDay);
    desk.press("a", "0", "/");
    desk.type(">5s");
    expect(pids(desk)).toEqual([8123, 2210]);
    desk.press("ctrl-u");
    desk.type("nosuch>5");
    expect(pids(desk)).toHaveLength(4);
    expect(currentTable(desk.state())?.filterError).toContain("nosuch");
  });

  test("finds nodes of the fleet by name, role, state and issue", () => {
    const desk = sitDown(badDay);
    desk.press("/");
    desk.type("standby !stale");
    desk.press("enter", "G");
    expect(desk.line).toBe(nodeKey("orders-3"));
    desk.press("escape", "/");
    desk.type("replay lag");
    desk.press("enter", "G");
    expect(desk.line).toBe(nodeKey("orders-3"));
  });
});

test("M starts a filter by a minimum duration, beside what is filtered already", () => {
  const desk = sitDown(badDay);
  desk.press("a", "/");
  desk.type("app");
  desk.press("enter", "M");
  desk.type("5s");
  desk.press("enter");
  expect(desk.spot.filter).toBe("app >5s");
});

test("i says what it shows and hides, and background processes have a type", () => {
  const client = backend(1);
  const process = { state: null, usename: null, datname: null, query: null, xact_seconds: null };
  const seen = (...more: (typeof client)[]) =>
    observed([node("x")], undefined, activityOf({ x: [client, ...more] }));
  const desk = sitDown(seen());
  const drawn = () => draw(desk.state()).join("\n");
  desk.press("a");
  expect(drawn()).not.toContain("TYPE");
  desk.observe(seen(backend(0, { pid: null, gid: "order-7", backend_type: "prepared transaction" })));
  expect(drawn()).not.toContain("TYPE");
  desk.press("i");
  desk.observe(seen(backend(2, { ...process, backend_type: "checkpointer" })));
  expect(desk.state().screen.notice).toBe("idle sessions and background processes are shown; i hides them");
  expect(drawn()).toMatch(/TYPE/);
  expect(drawn()).toMatch(/ 2 .*checkpointer/);
  expect(drawn()).not.toContain("client backend");
  desk.press("i");
  expect(desk.state().screen.notice).toBe("idle sessions and background processes are hidden; i shows them");
});
