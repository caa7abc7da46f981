/** What was typed or pasted while a prompt is open: the chord of a key, or text. */
export type Typed = string | { readonly text: string };

/** The text that a chord types: one character as a person counts them; null for the name of a key. */
export function textOf(chord: string): string | null {
  if (chord === "space") return " ";
  return isOneCharacter(chord) ? chord : null;
}

function isOneCharacter(chord: string): boolean {
  if (chord.length === 1) return true;
  return [...new Intl.Segmenter().segment(chord)].length === 1;
}

/** A text after one more chord, or with what was typed at its end; a key that edits nothing changes nothing. */
export function edited(text: string, typed: Typed): string {
  if (typeof typed !== "string") return text + typed.text;
  if (typed === "backspace") return withoutLast(text);
  if (typed === "ctrl-u") return "";
  if (typed === "ctrl-w") return withoutLastWord(text);
  return text + (textOf(typed) ?? "");
}

function withoutLast(text: string): string {
  // However long the text is, its last character begins within this.
  const from = Math.max(0, text.length - 256);
  const last = [...new Intl.Segmenter().segment(text.slice(from))].at(-1);
  return last ? text.slice(0, from + last.index) : "";
}

/** The text without its last word and the blanks behind it, as readline's Ctrl-W. */
export function withoutLastWord(text: string): string {
  return text.trimEnd().replace(/(?<!\S)\S+$/, "");
}
