import { describe, expect, test } from "bun:test";
import { wordsOf } from "../../src/commands/views.ts";
import { planHere } from "../../src/store/actions/plans.ts";
import type { Observed } from "../../src/store/store.ts";
import { sitDown } from "../support/screens/desk.ts";
import { activityOf, backend, node, observed } from "../support/screens/fixtures.ts";
import { aPlan } from "../support/screens/plan-fixtures.ts";

const superuser = { role: "postgres", isSuperuser: true };

const day = (query: string, more: Parameters<typeof backend>[1] = {}): Observed =>
  observed([node("orders-1")], undefined, activityOf({ "orders-1": [backend(8017, { query, ...more })] }));

/** At the session of a node. */
function atSession(seen: Observed, options: Parameters<typeof sitDown>[1] = {}) {
  const desk = sitDown(seen, options);
  desk.press("a");
  return Object.assign(desk, {
    kindHere: () => desk.state().screen.stack.at(-1)?.place.kind,
    said: () => desk.state().screen.notice,
    dialog: () => desk.state().screen.overlay?.kind,
    entry: () => planHere(desk.state().screen),
  });
}

describe("E on a session", () => {
  test("opens its plan, which r asks for again and y copies; Escape goes back", async () => {
    const desk = atSession(day("select * from orders where id = 7"));
    desk.press("E");
    expect(desk.kindHere()).toBe("plan");
    expect(desk.entry()).toMatchObject({
      result: null,
      asked: { database: "shop", role: "app", isWhole: true },
    });
    desk.press("r", "y");
    expect(desk.said()).toBe("copy-plan: there is no plan");
    await Bun.sleep(0);
    expect(desk.entry()).toMatchObject({ result: { kind: "plan" } });
    desk.press("y", "r");
    const once = "explain on orders-1 in shop as undefined: select * from orders where id = 7";
    const copied = aPlan.kind === "plan" ? aPlan.lines.join("\n") : "";
    expect(desk.asked).toEqual([once, `copy the plan: ${copied}`, once]);
    desk.press("escape");
    expect(desk.kindHere()).toBe("view");
  });

  test("asks first where our role has more rights, and a yes is for that role", async () => {
    const asks = { kind: "asks", planner: superuser } as const;
    const desk = atSession(day("select 1"), { explained: [asks, aPlan, aPlan] });
    desk.press("E");
    await Bun.sleep(0);
    expect(desk.dialog()).toBe("explain");
    desk.press("y");
    await Bun.sleep(0);
    expect(desk.dialog()).toBeUndefined();
    desk.press("r");
    const as = (role?: string) => `explain on orders-1 in shop as ${role}: select 1`;
    expect(desk.asked).toEqual([as(), as("postgres"), as("postgres")]);
  });

  test.each(["escape", "n", "q", "enter"])("takes %s for a no, and goes back to the row", async (key) => {
    const desk = atSession(day("select 1"), { explained: [{ kind: "asks", planner: superuser }] });
    desk.press("E");
    await Bun.sleep(0);
    desk.press(key);
    expect([desk.kindHere(), desk.dialog(), desk.asked.length]).toEqual(["view", undefined, 1]);
  });

  test("asks nothing over another screen, and again on r", async () => {
    const asks = { kind: "asks", planner: superuser } as const;
    const desk = atSession(day("select 1"), { explained: [asks, asks] });
    desk.press("E", "escape");
    await Bun.sleep(0);
    expect([desk.kindHere(), desk.dialog()]).toEqual(["view", undefined]);
    desk.press("[", "r");
    await Bun.sleep(0);
    expect([desk.kindHere(), desk.dialog()]).toEqual(["plan", "explain"]);
  });

  test("asks for the whole text where the table has its beginning", () => {
    const desk = atSession(day(`select ${"a, ".repeat(131)}`));
    desk.press("E");
    expect(desk.entry()?.asked).toMatchObject({ isWhole: false, source: { kind: "session", pid: 8017 } });
  });

  test.each([
    [day("<insufficient privilege>"), "our role may not see its text: GRANT pg_monitor TO monitor"],
    [day(""), "it has no statement that we know"],
    [day("select 1", { datname: null }), "its database is not known"],
  ])("says why it sends nothing", (seen, why) => {
    const desk = atSession(seen);
    desk.press("E");
    expect([desk.said(), desk.kindHere(), desk.asked]).toEqual([`explain: ${why}`, "view", []]);
  });
});

test("E shows events where no row has a statement, and : finds both", () => {
  const desk = sitDown(day("select 1"));
  desk.press("E");
  expect(desk.state().screen.stack.at(-1)?.place).toMatchObject({ view: "events" });
  desk.press("escape", "a", ":");
  desk.type("explain");
  desk.press("enter");
  expect(desk.state().screen.stack.at(-1)?.place.kind).toBe("plan");
  expect(wordsOf("statements")).toContain("explain");
});
