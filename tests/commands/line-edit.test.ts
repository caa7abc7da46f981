import { expect, test } from "bun:test";
import { editLine } from "../../src/commands/line-edit.ts";

/** Types chords into a line and shows it with a bar where the cursor is. */
function typed(...chords: string[]): string {
  let line = { text: "", at: 0 };
  for (const chord of chords) line = editLine(line, chord) ?? line;
  const characters = [...new Intl.Segmenter().segment(line.text)].map(({ segment }) => segment);
  return [...characters.slice(0, line.at), "|", ...characters.slice(line.at)].join("");
}

const cases: [string, string[], string][] = [
  ["characters go where the cursor is", ["a", "c", "left", "b"], "ab|c"],
  ["the ends are ends", ["a", "left", "left", "right", "right", "b"], "ab|"],
  ["home and end", ["b", "c", "home", "a", "end", "d"], "abcd|"],
  ["backspace takes the character before the cursor", ["a", "b", "c", "left", "backspace"], "a|c"],
  ["backspace at the start takes nothing", ["a", "home", "backspace"], "|a"],
  ["ctrl-u takes what is before, ctrl-k what is after", ["a", "b", "c", "left", "ctrl-u"], "|c"],
  ["ctrl-k", ["a", "b", "c", "left", "left", "ctrl-k"], "a|"],
  ["ctrl-w takes a word", ["a", "space", "b", "c", "ctrl-w"], "a |"],
  ["one character may be several code points", ["👩‍👩‍👧", "é", "left", "backspace"], "|é"],
  ["a mark joins the character before it", ["e", "x", "left", "\u0301"], "e\u0301|x"],
];

test.each(cases)("%s", (_, chords, shown) => {
  expect(typed(...chords)).toBe(shown);
});

test("other keys are not for the line", () => {
  for (const chord of ["enter", "tab", "up", "ctrl-s", "pagedown"])
    expect(editLine({ text: "a", at: 1 }, chord)).toBeNull();
});
