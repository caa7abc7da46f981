import { expect, test } from "bun:test";
import type { Key } from "ink";
import { chordsOf } from "../../src/components/chords.ts";

const key = (flags: Partial<Key> = {}) => flags as Key;

test.each([
  ["q", {}, ["q"]],
  ["", { escape: true }, ["escape"]],
  ["", { upArrow: true }, ["up"]],
  ["", { tab: true, shift: true }, ["shift-tab"]],
  ["c", { ctrl: true }, ["ctrl-c"]],
  ["ab\r", {}, ["a", "b", "enter"]],
  ["j\t", {}, ["j", "tab"]],
  ["\r\r", {}, ["enter", "enter"]],
  [" ", {}, ["space"]],
  [":", { meta: true }, []],
  ["日本", {}, ["日", "本"]],
  ["x\u007f\u0015", {}, ["x", "backspace", "ctrl-u"]],
])("%p with %p is %p", (input, flags, chords) => {
  expect(chordsOf(input, key(flags))).toEqual(chords);
});
