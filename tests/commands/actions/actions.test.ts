import { describe, expect, test } from "bun:test";
import { commandFor } from "../../../src/commands/dispatch.ts";
import { overlayIf } from "../../../src/store/screen.ts";
import { atActivity, sessionsOf } from "../../support/screens/at-activity.ts";
import { sitDown } from "../../support/screens/desk.ts";
import { backend, node, observed, okSample } from "../../support/screens/fixtures.ts";
import { badDay } from "../../support/screens/fleet-fixtures.ts";
import { alterQueue, replayWaits } from "../../support/screens/lock-fixtures.ts";
import { draw } from "../../support/screens/screens.tsx";

describe("K on a session", () => {
  test("asks, names the session, and y sends the signal to it alone", () => {
    const desk = atActivity();
    desk.press("K");
    expect(desk.question()).toMatchObject({
      title: "Terminate this session",
      word: null,
      about: [{ fields: { node: "orders-1", pid: "8017", user: "app", cluster: "orders", role: "primary" } }],
    });
    expect(desk.asked).toEqual([]);
    desk.press("y");
    expect(desk.asked).toEqual(["terminate orders-1 8017"]);
  });

  test("knows the age of the statement from the locks too", () => {
    const desk = atActivity(observed([node("a")], undefined, { lock_waits: { a: okSample(alterQueue(1)) } }));
    desk.press("L", "j", "K");
    expect(desk.question()?.about[0]?.fields).toMatchObject({ pid: "200", running: "0:02" });
  });

  test("says what the end of a session does to others: how many it frees, or how many wait for it", () => {
    const shownBy = (desk: ReturnType<typeof atActivity>) => draw(desk.state()).join("\n");
    const desk = atActivity(observed([node("a")], undefined, { lock_waits: { a: okSample(alterQueue(3)) } }));
    desk.press("L", "K");
    expect(shownBy(desk)).toMatch(/effect +frees 4 sessions that wait/);
    desk.press("escape", "x", "x", "K");
    expect(shownBy(desk)).toMatch(/FREES.*100 +4 .*200 +3 /s);
    const root = atActivity();
    root.press("K");
    expect(shownBy(root)).toMatch(/effect +1 session waits for it/);
    root.press("escape", "j", "K");
    expect(shownBy(root)).not.toContain("effect");
  });

  test("names the replay of WAL among the locks and refuses it", () => {
    const desk = atActivity(observed([node("a")], undefined, { lock_waits: { a: okSample(replayWaits()) } }));
    desk.press("L", "j");
    expect(draw(desk.state()).join("\n")).toMatch(/22 +\S* *WAL replay/);
    desk.press("K");
    expect([desk.question(), desk.notice()]).toEqual([null, expect.stringContaining("WAL replay is no")]);
  });

  test("says what kind of process it is, where that serves no client", () => {
    const worker = backend(9, { backend_type: "autovacuum worker", usename: null });
    const samples = { activity: { "orders-1": okSample([worker]) } };
    const desk = atActivity({ ...badDay, samples });
    desk.press("K");
    expect(desk.question()?.about[0]?.fields).toMatchObject({ type: "autovacuum worker", user: null });
    expect(draw(desk.state()).join("\n")).toContain("pid 9, autovacuum worker, active");
  });

  test.each([
    [{ backend_type: "startup" }, "WAL replay is no session: its locks end with their transactions"],
    [{ backend_type: "walwriter" }, "the walwriter is a process of the server itself, not a session"],
    [{ backend_type: "autovacuum launcher" }, "the autovacuum launcher is a process of the server itself"],
  ])("is refused at once for %j", (more, why) => {
    const desk = atActivity({
      ...badDay,
      samples: { activity: { "orders-1": okSample([backend(9, { usename: null, ...more })]) } },
    });
    for (const key of ["K", "C"]) {
      desk.press(key);
      expect([desk.question(), desk.notice()]).toEqual([null, expect.stringContaining(why)]);
    }
  });

  test.each(["escape", "n", "enter", "Y", "K", "q", "space"])("is not sent by %s", (no) => {
    const desk = atActivity();
    desk.press("K", no, "y");
    expect(desk.question()).toBeNull();
    // With no question on screen y copies the statement.
    expect(desk.asked.filter((what) => !what.startsWith("copy "))).toEqual([]);
  });

  test("is meant for the session that was named, whatever comes meanwhile", () => {
    const desk = atActivity();
    desk.press("K");
    desk.observe(sessionsOf(3));
    desk.press("y");
    expect(desk.asked).toEqual(["terminate orders-1 8017"]);
  });

  test("is no key where there are no sessions", () => {
    const desk = sitDown(badDay);
    for (const key of ["C", "K", "X"]) expect(commandFor(key, desk.state())).toBeUndefined();
    desk.press("o", "K");
    expect(overlayIf(desk.state().screen, "action")).toBeNull();
  });

  test("works from a row's own screen", () => {
    const desk = atActivity();
    desk.press("enter", "C");
    expect(overlayIf(desk.state().screen, "action")).toBeNull();
    expect(desk.state().screen.notice).toContain("it runs no statement");
    desk.press("K", "y");
    expect(desk.asked).toEqual(["terminate orders-1 8017"]);
  });

  test("says which right is missing where it cannot be seen when the session began", () => {
    const desk = atActivity({
      ...badDay,
      samples: {
        activity: {
          "orders-1": okSample([backend(7, { backend_start_text: null })]),
        },
      },
    });
    desk.press("K");
    expect(desk.notice()).toContain("GRANT pg_monitor TO monitor");
    expect(desk.question()).toBeNull();
  });
});

describe("an answer that was typed before the question was on screen", () => {
  const tooEarly = "a key came before this question was on screen and does not count";

  test.each(["y", "yy", "n", "nj"])("does not count: %s", (keys) => {
    const desk = atActivity();
    desk.burst("K", ...keys);
    expect([desk.question()?.title, desk.notice()]).toEqual(["Terminate this session", tooEarly]);
    expect(draw(desk.state()).join("\n")).toContain(tooEarly);
    desk.press("y");
    expect(desk.asked).toEqual(["terminate orders-1 8017"]);
  });

  test("does not count for the next session either", () => {
    const desk = atActivity();
    desk.press("K");
    desk.burst("escape", "j", "K", "y");
    expect([desk.asked, desk.notice()]).toEqual([[], tooEarly]);
  });

  test("does not count where a name is typed or pasted", () => {
    const desk = atActivity(sessionsOf(2, { production: true }));
    desk.burst("K", ..."busy", "enter");
    expect(overlayIf(desk.state().screen, "action")?.typed).toBe("");
    desk.press("enter");
    expect(desk.asked).toEqual([]);
    desk.paste("busy");
    desk.press("enter");
    expect(desk.asked).toEqual(["terminate busy 1000"]);
  });

  test("is taken where it is Esc", () => {
    const desk = atActivity();
    desk.burst("K", "escape");
    expect(desk.question()).toBeNull();
  });
});

describe("on a terminal that is too small to show anything", () => {
  const resize = ({ store }: ReturnType<typeof atActivity>, columns: number, rows: number) =>
    store.setState(({ screen }) => ({ screen: { ...screen, columns, rows } }));

  test("no key acts but those that quit, draw again and suspend", () => {
    const desk = atActivity();
    resize(desk, 20, 8);
    desk.press("K", "y", "x", ":", "j", "ctrl-l", "ctrl-z", "q");
    expect(desk.question()).toBeNull();
    expect(desk.asked).toEqual(["redraw", "suspend", "quit"]);
  });

  test("a dialog from before takes no answer until it is drawn again", () => {
    const desk = atActivity();
    desk.press("K");
    resize(desk, 60, 7);
    desk.press("y", "q", "escape");
    expect(desk.asked).toEqual([]);
    resize(desk, 60, 8);
    expect(draw(desk.state()).join("\n")).toContain("Terminate this session?");
    desk.press("y");
    expect(desk.asked).toEqual(["terminate orders-1 8017"]);
  });

  test("nothing is typed", () => {
    const desk = atActivity();
    desk.press("/");
    resize(desk, 59, 20);
    desk.press("q");
    desk.burst("a", "b");
    desk.paste("pasted");
    expect(overlayIf(desk.state().screen, "filter")?.text).toBe("");
    desk.press("ctrl-c");
    expect(desk.asked).toEqual(["quit"]);
  });
});

describe("on production", () => {
  const production = sessionsOf(2, { production: true });

  test("the node's name is typed, and y alone is no answer", () => {
    const desk = atActivity(production);
    desk.press("K", "y", "enter");
    expect(desk.notice()).toBe("the name is wrong: type busy, or press Esc");
    desk.press("ctrl-u");
    desk.type("busy");
    desk.press("enter");
    expect(desk.asked).toEqual(["terminate busy 1000"]);
  });

  test.each(["", "paused"])(
    "the name is asked for where the config says so only after the question %s",
    (paused) => {
      const desk = atActivity(sessionsOf(2));
      if (paused) desk.press("space");
      desk.press("K");
      desk.observe(production);
      desk.press("y");
      expect([desk.asked, desk.question()?.word]).toEqual([[], "busy"]);
      expect(desk.notice()).toBe("it is production now, nothing was sent: type busy, or press Esc");
      expect(draw(desk.state()).join("\n")).toMatch(
        /busy \(primary, production\)[\s\S]*Type busy to terminate/,
      );
      desk.type("busy");
      desk.press("enter");
      expect(desk.asked).toEqual(["terminate busy 1000"]);
    },
  );

  test.each([" ", "\u200b", "db\u202e1", "n".repeat(61)])(
    "of a node that is called %j the word production is typed, since the name cannot be",
    (name) => {
      const samples = { activity: { [name]: okSample([backend(7)]) } };
      const desk = atActivity(observed([node(name, { production: true })], undefined, samples));
      desk.press("K");
      expect(draw(desk.state()).join("\n")).toContain("Type production to terminate");
      desk.type("production");
      desk.press("enter");
      expect(desk.asked).toEqual([`terminate ${name} 7`]);
    },
  );

  test("Esc is a no, also when the name stands there", () => {
    const desk = atActivity(production);
    desk.press("K");
    desk.type("busy");
    desk.press("escape", "enter");
    expect(desk.asked).toEqual([]);
  });

  test("for several nodes of one cluster its name is typed, for others the word production", () => {
    const named = (names: readonly string[]) => {
      const nodes = Object.fromEntries(
        Object.entries(badDay.nodes).map(([name, one]) => [
          name,
          { ...one, production: names.includes(name) },
        ]),
      );
      const desk = atActivity({ ...badDay, nodes });
      desk.press("X", "C");
      return desk.question()?.word;
    };
    expect(named(["orders-1"])).toBe("orders-1");
    expect(named(["orders-1", "orders-2"])).toBe("orders");
    expect(named(["orders-1", "billing-2"])).toBe("production");
    expect(named([])).toBeNull();
  });
});

describe("without actions", () => {
  test.each([
    ["--read-only", "started with --read-only"],
    ["PGPARADE_READ_ONLY", "PGPARADE_READ_ONLY is set"],
    ["switch", "you switched it on"],
  ] as const)("by %s no question is asked, and the reason is said", (readOnlyBy, why) => {
    const desk = atActivity();
    desk.store.setState({ readOnlyBy });
    desk.press("K");
    expect(desk.question()).toBeNull();
    expect(desk.notice()).toContain(why);
  });

  test("the switch is turned by its name, and does not turn what the command line says", () => {
    const desk = atActivity();
    const turn = () => {
      desk.press(":");
      desk.type("read-only");
      desk.press("enter");
    };
    turn();
    expect(desk.state().readOnlyBy).toBe("switch");
    turn();
    expect(desk.state().readOnlyBy).toBeNull();
    desk.store.setState({ readOnlyBy: "--read-only" });
    turn();
    expect(desk.state().readOnlyBy).toBe("--read-only");
    expect(desk.notice()).toContain("start pgparade without it");
  });
});
