import { describe, expect, test } from "bun:test";
import { commands } from "../../src/commands/all.ts";
import { applies } from "../../src/commands/command.ts";
import { commandFor } from "../../src/commands/dispatch.ts";
import type { State } from "../../src/store/store.ts";
import { screens } from "../support/screens/screens.tsx";

const size = { columns: 120, rows: 40 };
const places: [string, State][] = Object.entries(screens).map(([name, stateAt]) => [name, stateAt(size)]);

describe("the list of commands", () => {
  test("has one of each name and title", () => {
    const names = commands.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const titles = commands.map(({ title }) => title.trim());
    expect(new Set(titles).size).toBe(titles.length);
    expect(titles).not.toContain("");
  });

  test("names every command and gives it a key, but for what no slip of a key may switch off", () => {
    for (const { name, section, keys } of commands) {
      expect(name).toMatch(/^[a-z][a-z0-9-]*$/);
      if (name === "read-only" || section === "operations") expect(keys).toEqual([]);
      else expect(keys.length).toBeGreaterThan(0);
    }
  });

  test("gives each footer hint a rank of its own", () => {
    const ranks = commands.flatMap(({ footer }) => footer?.rank ?? []);
    expect(new Set(ranks).size).toBe(ranks.length);
  });

  test.each(places)("has no two commands for one key on the screen %s", (_, state) => {
    const here = commands.filter((command) => applies(command, state));
    const chords = here.flatMap(({ keys }) => keys);
    expect(chords.filter((chord, at) => chords.indexOf(chord) !== at)).toEqual([]);
  });
});

/** The keys that people are promised, and the screen on which they must do something. */
const promised: [string, string[]][] = [
  ["fleet", ["up", "down", "j", "k", "pageup", "pagedown", "g", "G", "home", "end", "enter"]],
  ["activity of one node", ["left", "right", "h", "l", "/", "<", ">", "R", "i", "enter"]],
  ["fleet", ["tab", "shift-tab", ":", ",", ".", "1", "9", "0", "n", "/"]],
  ["fleet", ["+", "-", "space", "r", "?", "q", "ctrl-c", "ctrl-z", "escape"]],
];

test.each(promised)("on the screen %s the keys %j exist", (screen, chords) => {
  const state = new Map(places).get(screen);
  if (!state) throw new Error(`no screen ${screen}`);
  expect(chords.filter((chord) => commandFor(chord, state) === undefined)).toEqual([]);
});

test("quit, help and back are the same everywhere", () => {
  for (const [, state] of places) {
    expect(commandFor("q", state)?.name).toBe("quit");
    expect(commandFor("?", state)?.name).toBe("help");
    expect(commandFor("escape", state)?.name).toBe("back");
  }
});
