import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { commands } from "../../../src/commands/all.ts";
import { isRuleOf } from "../../support/screens/rule.ts";
import { until } from "../../support/servers/servers.ts";
import { tracesOf } from "../../support/terminal/demo-traces.ts";
import type { Terminal } from "../../support/terminal/terminal.ts";
import { watching } from "../../support/terminal/watching.ts";

const roles: readonly (readonly [string, RegExp])[] = [
  ["orders-1", /● orders-1 +primary/],
  ["orders-2", /● (└ )?orders-2 +standby .*0\.\ds/],
  ["orders-3", /● (└ )?orders-3 +standby .*0\.\ds/],
  ["billing-1", /● billing-1 +primary/],
  ["billing-2", /● (└ )?billing-2 +standby .*0\.\ds/],
  ["reports", /● reports +primary/],
];

const allUp = (rows: string[]) => roles.every(([, line]) => rows.some((row) => line.test(row)));

/** A demo on screen, and where it lies. */
async function demo(): Promise<{ terminal: Terminal; traces: NonNullable<ReturnType<typeof tracesOf>> }> {
  const terminal = watching(["demo"]);
  await terminal.until(/NODE/);
  await terminal.readsKeys();
  return { terminal, traces: await until(() => tracesOf(terminal.pid)) };
}

/** What a key of a command is called at a real keyboard. */
const keyboard: Readonly<Record<string, string>> = {
  enter: "Enter",
  escape: "Escape",
  tab: "Tab",
  "shift-tab": "BackTab",
  up: "Up",
  down: "Down",
  left: "Left",
  right: "Right",
  pageup: "PageUp",
  pagedown: "PageDown",
  home: "Home",
  end: "End",
  space: "Space",
};
const keyOf = (chord: string) => keyboard[chord] ?? chord.replace(/^ctrl-/, "C-");

/** Escape by the kitty keyboard protocol: unlike Escape alone it may be followed by another key at once. */
const clearEscape = "\x1b[27u";

describe("the demo", () => {
  test("shows six nodes with their roles and lags, and leaves nothing after q", async () => {
    const { terminal, traces } = await demo();
    await using _ = terminal;
    await terminal.until(allUp);
    expect(traces.ports).toHaveLength(6);
    terminal.press("q");
    expect(await terminal.exited).toEqual({ code: 0, signal: null });
    expect(terminal.leftBehind()).toEqual([]);
    expect(await traces.left()).toEqual([]);
  });

  test("survives every key, and 100 resizes", async () => {
    const { terminal, traces } = await demo();
    await using _ = terminal;
    await terminal.until(allUp);
    const leaving = new Set(["quit", "suspend"]);
    const chords = commands.filter(({ name }) => !leaving.has(name)).flatMap(({ keys }) => keys);
    for (const chord of chords) {
      // From a fresh start each time: what the key before it opened would swallow the next one.
      terminal.press(keyOf(chord), clearEscape, clearEscape, clearEscape, clearEscape, "0");
    }
    terminal.press("?");
    await terminal.until(/NAVIGATION/);
    terminal.press("Escape");

    for (const [columns, rows] of [
      [80, 24],
      [200, 50],
    ] as const) {
      terminal.resize(columns, rows);
      const screen = await terminal.until((lines) => lines.length === rows && isRuleOf(columns, lines[1]));
      expect(isRuleOf(columns, screen.at(-2))).toBe(true);
    }
    for (let step = 0; step < 100; step += 1)
      terminal.resize(50 + ((step * 37) % 150), 10 + ((step * 13) % 50));
    terminal.resize(100, 30);
    await terminal.until((lines) => isRuleOf(100, lines[1]) && isRuleOf(100, lines[28]));
    await terminal.until(/q quit/);
    terminal.press("q");
    expect(await terminal.exited).toEqual({ code: 0, signal: null });
    expect(terminal.leftBehind()).toEqual([]);
    expect(await traces.left()).toEqual([]);
  });

  test.each(["SIGTERM", "SIGHUP"] as const)(
    "leaves nothing after %s, also while servers still start",
    async (signal) => {
      const { terminal, traces } = await demo();
      await using _ = terminal;
      terminal.kill(signal);
      expect((await terminal.exited).signal).toBeNull();
      expect(terminal.leftBehind()).toEqual([]);
      expect(await traces.left()).toEqual([]);
    },
  );

  test("leaves nothing when its window is closed", async () => {
    const { terminal, traces } = await demo();
    await using _ = terminal;
    await terminal.until(allUp);
    terminal.hangUp();
    await terminal.exited;
    expect(await traces.left()).toEqual([]);
  });

  test("cleans up after one that was killed", async () => {
    const killed = await demo();
    await using _ = killed.terminal;
    await killed.terminal.until(allUp);
    killed.terminal.kill("SIGKILL");
    await killed.terminal.exited;
    expect(existsSync(killed.traces.directory)).toBe(true);

    const next = await demo();
    await using __ = next.terminal;
    await next.terminal.until(allUp);
    expect(await killed.traces.left()).toEqual([]);
    next.terminal.press("q");
    await next.terminal.exited;
    expect(await next.traces.left()).toEqual([]);
  });
});
