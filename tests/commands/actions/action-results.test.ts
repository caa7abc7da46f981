import { describe, expect, test } from "bun:test";
import type { SignalOutcome } from "../../../src/store/actions/signal.ts";
import { sitDown } from "../../support/screens/desk.ts";
import { badDay } from "../../support/screens/fleet-fixtures.ts";
import { draw } from "../../support/screens/screens.tsx";
import { until } from "../../support/servers/servers.ts";

describe("the result of an action", () => {
  const done: SignalOutcome = { kind: "done" };
  const denied: SignalOutcome = { kind: "notPermitted", why: "it is another's", fix: "GRANT it" };
  const acted = async (outcomes: readonly SignalOutcome[], ...keys: readonly string[]) => {
    const desk = sitDown(badDay, { outcomes });
    desk.press("a", "0", ...keys, "y");
    await until(() => desk.asked.includes("refresh"));
    return Object.assign(desk, {
      text: () => draw(desk.state()).join("\n"),
      notice: () => desk.state().screen.notice,
    });
  };

  test("of one session that ended is a notice, and the next key acts where the user is", async () => {
    const desk = await acted([done], "K");
    expect(desk.text()).toContain("pid 8017 (web-2) of app ended");
    expect(desk.state().screen.overlay).toBeNull();
    const before = desk.line;
    desk.press("j");
    expect(desk.line).not.toBe(before);
  });

  test("of a failure is the dialog's title, which only Esc and Enter close", async () => {
    const desk = await acted([denied], "K");
    expect(desk.text()).toContain("Not permitted");
    for (const key of ["j", "K", "q", "y", "x", "space"]) {
      desk.press(key);
      expect(desk.notice()).toBe("Esc closes the result first");
      expect(desk.text()).toContain("Not permitted");
    }
    expect(desk.asked.filter((what) => /^(terminate|quit|copy)/.test(what))).toHaveLength(1);
    desk.press("enter");
    expect(desk.state().screen.overlay).toBeNull();
  });

  test("of several sessions stays in the dialog, with the counts in its title", async () => {
    const desk = await acted([done, denied], "x", "x", "K");
    expect(desk.text()).toContain("1 ended, 1 not permitted");
    desk.press("escape");
    expect(desk.state().screen.overlay).toBeNull();
  });
});
