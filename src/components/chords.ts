import type { Key } from "ink";

const named = [
  "upArrow",
  "downArrow",
  "leftArrow",
  "rightArrow",
  "pageUp",
  "pageDown",
  "home",
  "end",
  "return",
  "escape",
  "backspace",
  "delete",
] as const satisfies readonly (keyof Key)[];

const names: Readonly<Record<(typeof named)[number], string>> = {
  upArrow: "up",
  downArrow: "down",
  leftArrow: "left",
  rightArrow: "right",
  pageUp: "pageup",
  pageDown: "pagedown",
  home: "home",
  end: "end",
  return: "enter",
  escape: "escape",
  backspace: "backspace",
  delete: "backspace",
};

/**
 * The chords in one call of Ink's input handler. Ink hands over text that arrived in one read as one piece,
 * without its key flags, so a fast typist's "ab⏎" has to be taken apart here.
 */
export function chordsOf(input: string, key: Key): string[] {
  for (const flag of named) if (key[flag]) return [names[flag]];
  if (key.tab) return [key.shift ? "shift-tab" : "tab"];
  if (key.ctrl) return [`ctrl-${input}`];
  if (key.meta) return [];
  return characters(input);
}

function characters(input: string): string[] {
  return [...new Intl.Segmenter().segment(input)].map(({ segment }) => {
    if (segment === " ") return "space";
    if (segment === "\r" || segment === "\n" || segment === "\r\n") return "enter";
    if (segment === "\t") return "tab";
    if (segment === "\u007f" || segment === "\b") return "backspace";
    if (segment === "\u001b") return "escape";
    const code = segment.charCodeAt(0);
    return code < 32 ? `ctrl-${String.fromCharCode(code + 96)}` : segment;
  });
}
