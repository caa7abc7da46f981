import { describe, expect, test } from "bun:test";
import { width as cellsOf } from "../../src/text/cells.ts";
import {
  ascii,
  colourless,
  draw,
  drawRaw,
  picture,
  screens,
  sizes,
  themed,
} from "../support/screens/screens.tsx";

const everywhere = Object.entries(screens).flatMap(([name, stateAt]) =>
  sizes.map((size) => ({ name, at: `${size.columns}x${size.rows}`, state: stateAt(size) })),
);
/** Help lists the commands, which have tests of their own and become more. */
const pictured = everywhere.filter(({ name }) => name !== "help");

describe("pictures", () => {
  test.each(pictured)("$name at $at", ({ state }) => {
    expect(picture(state)).toMatchSnapshot();
  });
});

describe("at every size and in every theme", () => {
  const looks = [...themed, colourless, ascii];

  test.each(everywhere)("$name at $at fills the terminal and no more", ({ state }) => {
    const { columns, rows } = state.screen;
    for (const theme of looks) {
      const lines = draw(state, theme);
      expect(lines).toHaveLength(rows);
      expect(lines.filter((line) => cellsOf(line) > columns)).toEqual([]);
    }
  });

  test.each(everywhere)("$name at $at says the same without colours", ({ state }) => {
    const coloured = draw(state);
    for (const theme of looks) if (!theme.ascii) expect(draw(state, theme)).toEqual(coloured);
  });

  test.each(everywhere)("$name at $at has no trailing blanks to write", ({ state }) => {
    // What is left is in reverse video: the cursor's row and the cursor of a prompt.
    const trailing = drawRaw(state).filter((line) => / (\u001b\[[0-9;]*m)*$/.test(line));
    expect(trailing.filter((line) => !line.includes("\u001b[7m"))).toEqual([]);
  });
});

describe("in few rows", () => {
  const few = Object.entries(screens).flatMap(([name, stateAt]) =>
    [8, 9, 14].map((rows) => ({ name, rows, state: stateAt({ columns: 60, rows }) })),
  );

  test.each(few)("$name fills $rows rows and no more", ({ rows, state }) => {
    const lines = draw(state);
    expect(lines).toHaveLength(rows);
    expect(lines.filter((line) => cellsOf(line) > 60)).toEqual([]);
  });

  test("the fleet shows nodes without the rules, and a notice beside the keys", () => {
    const state = screens["notice"]?.({ columns: 60, rows: 8 });
    if (!state) throw new Error("no screen with a notice");
    const lines = draw(state);
    expect(lines.filter((line) => /(orders|billing)-[123]|vault|hr/.test(line)).length).toBeGreaterThan(2);
    expect(lines.at(-1)).toBe(" connect: it is connected  ↵ open  ! alerts  ? help  q quit");
  });
});

test("every screen names the ways out and to the other keys, however narrow it is", () => {
  for (const { state } of everywhere) {
    if (state.screen.overlay) continue;
    expect(draw(state).at(-1)).toMatch(/ \? help {2}q quit$/);
  }
});

/** Every parameter of every SGR sequence in a text. */
function sgr(lines: readonly string[]): Set<number> {
  const codes = [...lines.join("\n").matchAll(/\u001b\[([0-9;]*)m/g)].flatMap(([, codes = ""]) =>
    codes.split(";"),
  );
  return new Set(codes.map(Number));
}

test("NO_COLOR leaves bold and reverse, which are no colours", () => {
  const codes = everywhere.flatMap(({ state }) => [...sgr(drawRaw(state, colourless))]);
  expect(new Set(codes)).toEqual(new Set([0, 1, 7, 22, 27].filter((code) => codes.includes(code))));
  expect(codes).toContain(7);
});

test("nothing but colours and the places of words is ever written", () => {
  for (const { state } of everywhere) {
    const rest = drawRaw(state)
      .join("")
      .replace(/\u001b\[(?:[0-9;]*m|\d+G|\?7[lh])/g, "");
    expect(rest).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
  }
});

test("the ASCII mode draws with ASCII", () => {
  const ours = everywhere.filter(({ name }) => !name.startsWith("hostile"));
  for (const { state } of ours) expect(draw(state, ascii).join("\n")).toMatch(/^[\n -~]*$/);
});

test("the ASCII mode keeps every sign apart", () => {
  const { glyphs } = ascii;
  const signs = [
    glyphs.connected,
    glyphs.connecting,
    glyphs.warning,
    glyphs.error,
    glyphs.stale,
    glyphs.disconnected,
    glyphs.open,
    glyphs.folded,
  ];
  expect(new Set(signs).size).toBe(signs.length);
});

test("the cursor shows in every theme: a sign of its own and reverse video", () => {
  const stateAt = screens["fleet"];
  if (!stateAt) throw new Error("no fleet screen");
  const state = stateAt({ columns: 80, rows: 24 });
  for (const theme of [...themed, colourless, ascii]) {
    const rows = drawRaw(state, theme).filter((line) => line.startsWith(theme.glyphs.cursor));
    expect(rows).toHaveLength(1);
    expect(rows[0]).toContain("\u001b[7m");
  }
});

test("a terminal that is too small is told so", () => {
  const [tooSmall] = Object.values(screens).map((stateAt) => stateAt({ columns: 59, rows: 7 }));
  if (!tooSmall) throw new Error("no screens");
  expect(draw(tooSmall)).toEqual(["pgparade needs 60x8; this terminal is 59x7"]);
  const seen = (columns: number) => draw({ ...tooSmall, screen: { ...tooSmall.screen, columns } })[0];
  expect([seen(40), seen(20), seen(8)]).toEqual(["needs 60x8, has 40x7", "needs 60x8, has 20x7", "60x8"]);
});
