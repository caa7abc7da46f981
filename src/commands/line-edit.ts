import { type Typed, textOf, withoutLastWord } from "./edit.ts";

/** A line of text that is edited, and where the cursor is: before its character number `at`, counted from 0. */
export type EditedLine = { readonly text: string; readonly at: number };

const characters = (text: string) => [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment);

/** How many characters a text has as a person counts them. */
export function lengthOf(text: string): number {
  return characters(text).length;
}

/** The line after one more chord, by the keys of readline, or with text at the cursor; null for other keys. */
export function editLine({ text, at }: EditedLine, typed: Typed): EditedLine | null {
  const all = characters(text);
  const cut = (from: number, to: number) => ({
    text: [...all.slice(0, from), ...all.slice(to)].join(""),
    at: from,
  });
  switch (typed) {
    case "left":
      return { text, at: Math.max(0, at - 1) };
    case "right":
      return { text, at: Math.min(all.length, at + 1) };
    case "home":
    case "ctrl-a":
      return { text, at: 0 };
    case "end":
    case "ctrl-e":
      return { text, at: all.length };
    case "backspace":
      return cut(Math.max(0, at - 1), at);
    case "ctrl-u":
      return cut(0, at);
    case "ctrl-k":
      return cut(at, all.length);
    case "ctrl-w": {
      const before = all.slice(0, at).join("");
      return cut(lengthOf(withoutLastWord(before)), at);
    }
  }
  const more = typeof typed === "string" ? textOf(typed) : typed.text;
  if (more === null) return null;
  // A mark that is typed joins the character before it.
  const before = all.slice(0, at).join("") + more;
  return { text: before + all.slice(at).join(""), at: lengthOf(before) };
}
