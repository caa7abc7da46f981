import { describe, expect, test } from "bun:test";
import { wordsOf } from "../../src/commands/views.ts";
import { planHere } from "../../src/store/actions/plans.ts";
import type { Observed } from "../../src/store/store.ts";
import { sitDown } from "../support/screens/desk.ts";
import { activityOf, backend, node, nowMs, observed, okSample } from "../support/screens/fixtures.ts";
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

/** A screen of all nodes for this view, of these nodes and answers. */
function atView(
  view: string,
  nodes: readonly string[],
  answers: Observed["samples"],
  earlier: Observed["earlier"] = {},
) {
  const all = nodes.map((name) => node(name));
  const desk = sitDown({ ...observed(all, undefined, answers), earlier });
  desk.open({ kind: "view", view, scope: { kind: "all" } });
  const press = (...keys: string[]) => {
    desk.press(...keys);
    return [desk.state().screen.notice, planHere(desk.state().screen)?.asked ?? null];
  };
  return { desk, press };
}

describe("E on a statement of several nodes", () => {
  const counted = (queryid: string, userid: number, ms: bigint) => ({
    ...{ queryid, userid, dbid: 5, toplevel: true, datname: "shop", usename: `app_${userid}` },
    ...{ query: `select ${queryid} from t where a = $1`, calls: 1n, total_exec_time: ms },
    ...{ stats_since: 1, asked_at: 2 },
  });
  const of = (...rows: ReturnType<typeof counted>[]) => okSample(rows);

  test("asks for one of them on the heading, and is of the row's node and the role that it cost most there", () => {
    const before = [counted("1", 10, 0n), counted("1", 11, 0n)];
    const { press } = atView(
      "statements_across",
      ["a", "b"],
      { statements: { a: of(counted("1", 10, 5n)), b: of(counted("1", 10, 7n), counted("1", 11, 9n)) } },
      { statements: { b: okSample(before, nowMs - 1000) } },
    );
    expect(press("E")).toEqual(["explain: it ran on 2 nodes: choose the line of one below it", null]);
    const keys = [press("j", "E"), press("escape", "j", "E")].map(([, asked]) => asked);
    expect(keys).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          ...{ node: "a", database: "shop", role: "app_10", text: "select 1 from t where a = $1" },
          source: { kind: "statement", queryid: "1", dbid: 5, userid: 10 },
        }),
        expect.objectContaining({ node: "b", role: "app_11" }),
      ]),
    );
  });

  test("is of the only node that ran it, on its heading too", () => {
    const { press } = atView("statements_across", ["a", "b"], {
      statements: { a: of(counted("1", 10, 5n)), b: of() },
    });
    expect(press("E")[1]).toMatchObject({ node: "a", role: "app_10" });
  });
});

describe("E on a statement whose waits are sampled", () => {
  const session = {
    ...{ wait_event_type: null, wait_event: null, backend_type: "client backend", usename: "app" },
    ...{ datname: "shop", query_id: "1", statement_key: "1", unknown: null, sessions: 1 },
    query: "select * from t where a = 7",
  };
  const at = (...more: readonly Partial<typeof session>[]) =>
    atView("wait_statements", ["a"], {
      wait_samples: { a: okSample([session, ...more.map((one) => ({ ...session, ...one }))]) },
    });

  test("is of the database and the role that all its sessions had", () => {
    const { press } = at({ wait_event_type: "IO", wait_event: "DataFileRead" } as object);
    expect(press("E")).toEqual(["explain: it has no statement that we know", null]);
    expect(press("j", "E")[1]).toEqual({
      ...{ node: "a", database: "shop", role: "app", text: session.query },
      ...{ isWhole: true, source: { kind: "sample" } },
    });
  });

  test.each([
    [{ datname: "other" }, "it has no database, or several: activity has its sessions"],
    [{ usename: "other" }, "it has no role, or several: activity has its sessions"],
  ])("is not planned where they had several: %p", (other, why) => {
    expect(at(other).press("j", "E")).toEqual([`explain: ${why}`, null]);
  });

  test("is not planned by its beginning", () => {
    const { press } = atView("wait_statements", ["a"], {
      wait_samples: { a: okSample([{ ...session, query: `select ${"a, ".repeat(131)}` }]) },
    });
    expect(press("j", "E")[0]).toBe("explain: only its beginning was sampled: activity has its sessions");
  });
});

describe("E on a message of the log", () => {
  const settings = {
    ...{ logging_collector: true, log_destination: "jsonlog", log_line_prefix: "", lc_messages: "C" },
    ...{ log_timezone: "UTC", utc_offset: "0", server_encoding: "UTF8" },
  };
  const at = (message: object) => {
    const line = JSON.stringify({
      timestamp: "2026-03-14 14:03:27.000 UTC",
      user: "app",
      dbname: "shop",
      ...message,
    });
    const tail = { format: "jsonlog", file: "log/a.json", size: 1n, start: 0n, tail: btoa(`${line}\n`) };
    return atView("log", ["a"], {
      log_settings: { a: okSample([settings]) },
      log_tail: { a: okSample([tail]) },
    });
  };
  const failed = { error_severity: "ERROR", state_code: "57014", message: "canceling statement" };
  const notInLog = "not in the log";

  test.each([
    { ...failed, statement: "select 7" },
    { error_severity: "LOG", state_code: "00000", message: "duration: 812.3 ms  statement: select 7" },
    { error_severity: "LOG", state_code: "00000", message: "duration: 812.3 ms  execute s1: select 7" },
  ])("is of its statement, database and role: %p", (message) => {
    expect(at(message).press("E")[1]).toEqual({
      ...{ node: "a", database: "shop", role: "app", text: "select 7", isWhole: true, source: null },
    });
  });

  test.each([
    [failed, "it has no statement that we know"],
    [{ ...failed, statement: "select 7", dbname: undefined }, `its database is ${notInLog}`],
    [{ ...failed, statement: "select 7", user: undefined }, `its role is ${notInLog}`],
    [
      { ...failed, statement: "select 7", user: undefined, dbname: undefined },
      `its role and database are ${notInLog}`,
    ],
    [
      { ...failed, statement: "select dblink('host=b password=planted', 'x')" },
      "a secret in its text was taken out",
    ],
  ])("says why it sends nothing: %p", (message, why) => {
    expect(at(message).press("E")).toEqual([`explain: ${why}`, null]);
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
