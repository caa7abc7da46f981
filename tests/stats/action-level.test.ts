import { expect, test } from "bun:test";
import { actionLevels, refusalOf } from "../../src/stats/action-level.ts";

test("signals are allowed from `signal` on, what changes the server with `all` alone", () => {
  expect(actionLevels.map((level) => refusalOf("signal", level, null) === null)).toEqual([false, true, true]);
  expect(actionLevels.map((level) => refusalOf("server", level, null) === null)).toEqual([
    false,
    false,
    true,
  ]);
});

test("the reason says what the config says", () => {
  expect(refusalOf("signal", "none", null)).toBe("the config says actions: none");
  expect(refusalOf("server", "signal", null)).toBe("the config says actions: signal, not all");
});

test.each(["--read-only", "PGPARADE_READ_ONLY", "switch"] as const)("%s refuses all, and is named", (by) => {
  for (const level of actionLevels)
    expect(refusalOf("signal", level, by)).toContain(by === "switch" ? ":read-only" : by);
});
