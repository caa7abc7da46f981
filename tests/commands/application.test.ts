import { describe, expect, test } from "bun:test";
import { choices } from "../../src/commands/prompts/choosing.ts";
import { shown } from "../../src/store/selectors.ts";
import { sitDown } from "../support/screens/desk.ts";
import { badDay, twentyNodes } from "../support/screens/fleet-fixtures.ts";

const offered = (desk: ReturnType<typeof sitDown>) => {
  const { overlay } = desk.state().screen;
  return overlay && "ranked" in overlay ? choices(desk.state(), overlay).map(({ label }) => label) : [];
};

describe("the palette", () => {
  test("finds commands, views and nodes by parts of their names", () => {
    const desk = sitDown(badDay);
    desk.press(":");
    expect(offered(desk)).toContain("activity");
    expect(offered(desk)).toContain("quit");
    expect(offered(desk)).toContain("billing-2");
    desk.type("bil2");
    expect(offered(desk)).toEqual(["billing-2"]);
    desk.press("enter");
    expect(desk.place).toEqual({ kind: "node", node: "billing-2" });
    expect(desk.state().screen.overlay).toBeNull();
  });

  test("finds views and operations by what they are about, below what is called so", () => {
    const desk = sitDown(badDay);
    const found = (word: string) => {
      desk.press(":", "ctrl-u");
      desk.type(word);
      const { overlay } = desk.state().screen;
      const all = overlay && "ranked" in overlay ? choices(desk.state(), overlay) : [];
      desk.press("escape");
      return all.map(({ label, note }) => `${label} ${note}`);
    };
    expect(found("xmin").join("\n")).toMatch(/^horizon .*\n(?:.*\n)*slots XMIN AGE: /);
    expect(found("wraparound")[0]).toStartWith("databases ");
    expect(found("failover").join("\n")).toContain("slots FAILOVER: standbys copy it");
    expect(found("lag")[0]).toMatch(/^replication /);
    desk.press("j");
    expect(found("promo").join("\n")).toMatch(/^promote /m);
    expect(found("slow queries")).toEqual([
      "activity pg_stat_activity, pg_prepared_xacts",
      "statements pg_stat_statements, pg_stat_statements_info",
    ]);
    expect(found("vacuum")[0]).toStartWith("vacuum ");
    expect(found("vacuum").join("\n")).toMatch(/^horizon /m);
    // Two letters are in every text.
    expect(found("xm").join("\n")).not.toContain("horizon");
  });

  test("says of an operation that is for something else where it is to be had", () => {
    const desk = sitDown(badDay);
    desk.press(":");
    desk.type("drop-slot");
    expect(offered(desk)[0]).toBe("drop-slot");
    desk.press("enter");
    expect(desk.state().screen.overlay).toMatchObject({ kind: "palette" });
    expect(desk.state().screen.notice).toBe("Drop the replication slot: put the cursor on a row of :slots");
  });

  test("offers to quit only for the beginning of the word", () => {
    const desk = sitDown(badDay);
    desk.press(":");
    desk.type("ui");
    expect(offered(desk)).not.toContain("quit");
    desk.press("ctrl-u");
    desk.type("q");
    expect(offered(desk)[0]).toBe("quit");
  });

  test("offers everything once", () => {
    const desk = sitDown(badDay);
    desk.press(":");
    const all = offered(desk);
    expect(new Set(all).size).toBe(all.length);
  });

  test("runs the command that the arrows chose", () => {
    const desk = sitDown(badDay);
    desk.press("ctrl-p");
    desk.type("quit");
    desk.press("down", "up", "enter");
    expect(desk.asked).toEqual(["quit"]);
  });

  test("says why a command cannot run", () => {
    const desk = sitDown(badDay);
    desk.press("j", ":");
    desk.type("connect");
    const at = offered(desk).indexOf("connect");
    desk.press(...Array.from({ length: at }, () => "down"), "enter");
    expect(desk.asked).toEqual([]);
    expect(desk.state().screen.notice).toBe("connect: it is connected");
  });

  test("closes with Esc, and with no key that finds nothing to go to", () => {
    const desk = sitDown(badDay);
    desk.press(":");
    desk.type("zzz");
    desk.press("down", "up", "enter");
    expect(desk.state().screen.overlay).toMatchObject({ kind: "palette", text: "zzz" });
    desk.press("escape");
    expect(desk.state().screen.overlay).toBeNull();
    expect(desk.place).toEqual({ kind: "fleet" });
  });
});

describe("the node picker", () => {
  test("offers nodes alone, and keeps the view", () => {
    const desk = sitDown(badDay);
    desk.press("a", "n");
    expect(offered(desk)).toHaveLength(10);
    desk.type("or3");
    desk.press("enter");
    expect(desk.place).toMatchObject({ kind: "view", scope: { kind: "node", node: "orders-3" } });
  });

  test("names that match as well as each other keep the fleet's order", () => {
    const desk = sitDown(twentyNodes);
    desk.press("n");
    desk.type("node-1");
    expect(offered(desk).slice(0, 3)).toEqual(["node-10", "node-11", "node-12"]);
    desk.press("enter");
    expect(desk.place).toEqual({ kind: "node", node: "node-10" });
  });

  test("stops at the first and the last choice", () => {
    const desk = sitDown(badDay);
    desk.press("n", "up", ...Array.from({ length: 30 }, () => "down"), "enter");
    expect(desk.place).toEqual({ kind: "node", node: "hr" });
  });
});

describe("pause", () => {
  test("holds what is shown, and lets keys work on it", () => {
    const desk = sitDown(badDay);
    desk.press("space");
    desk.observe(twentyNodes);
    expect(shown(desk.state())).toBe(badDay);
    desk.press("j", "enter");
    expect(desk.place).toEqual({ kind: "node", node: "orders-1" });
    desk.press("space");
    expect(shown(desk.state()).nodes).toBe(twentyNodes.nodes);
  });
});

test("+ and - step through the intervals and stop at the ends", () => {
  const desk = sitDown(badDay);
  const press = (chord: string) => {
    desk.press(chord);
    return desk.state().screen.refreshMs;
  };
  expect(["+", "=", "+", "+", "+", "+"].map(press)).toEqual([2000, 5000, 10_000, 30_000, 60_000, 60_000]);
  expect(Array.from({ length: 8 }, () => press("-")).slice(-3)).toEqual([500, 250, 250]);
});

describe("a paste", () => {
  test("is typed where something is typed, on one line", () => {
    const desk = sitDown(badDay);
    desk.press("/");
    desk.paste("orders\nstandby\r\n");
    expect(desk.spot.filter).toBe("orders standby");
  });

  test("presses no keys", () => {
    const desk = sitDown(badDay);
    desk.press("j");
    desk.paste("dq?");
    expect(desk.asked).toEqual([]);
    expect(desk.state().screen.overlay).toBeNull();
  });
});

describe("the ways out", () => {
  test("q quits, but not while something is typed", () => {
    const desk = sitDown(badDay);
    desk.press("/", "q", "escape");
    expect(desk.asked).toEqual([]);
    desk.press("q");
    expect(desk.asked).toEqual(["quit"]);
  });

  test("Ctrl-C quits from everywhere", () => {
    for (const before of ["/", ":", "n", "?"]) {
      const desk = sitDown(badDay);
      desk.press(before, "ctrl-c");
      expect(desk.asked).toEqual(["quit"]);
    }
  });

  test("any key closes the help and does nothing else; q also quits", () => {
    const desk = sitDown(badDay);
    desk.press("?");
    expect(desk.state().screen.overlay?.kind).toBe("help");
    desk.press("d");
    expect(desk.state().screen.overlay).toBeNull();
    expect(desk.asked).toEqual([]);
    desk.press("?", "q");
    expect(desk.asked).toEqual(["quit"]);
  });

  test("Ctrl-Z stops the program", () => {
    const desk = sitDown(badDay);
    desk.press("ctrl-z");
    expect(desk.asked).toEqual(["suspend"]);
  });

  test("a key without a meaning does nothing", () => {
    const desk = sitDown(badDay);
    const before = desk.state();
    desk.press("f12", "ctrl-x", "ß", "Z", "backspace");
    expect(desk.state()).toBe(before);
  });
});

test("Ctrl-L draws the screen again", () => {
  const desk = sitDown(badDay);
  desk.press("ctrl-l");
  expect(desk.asked).toEqual(["redraw"]);
});
