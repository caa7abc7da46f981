/**
 * A regular expression that a person typed, which is tried on each cell of each row at each refresh. One that may take
 * for ever on a text that it does not match is refused, and of a text so much is looked at as never takes long.
 */
export type BoundedPattern =
  | { readonly ok: true; readonly test: (text: string) => boolean }
  | { readonly ok: false; readonly why: string };

/** Each repeat tries every length anew, from every place in the text. */
const charactersByRepeats = [20_000, 2000, 256];

export function boundedPattern(source: string): BoundedPattern {
  const expression = compiled(source);
  if (expression === null) return { ok: false, why: "this is no regular expression" };
  const repeats = repeatsIn(source);
  if (repeats === "nested")
    return { ok: false, why: "a repeat of what repeats or has a choice can take for ever: say it without" };
  const characters = charactersByRepeats[repeats];
  if (characters === undefined)
    return {
      ok: false,
      why: `at most ${charactersByRepeats.length - 1} of *, + and {n}: more can take for ever`,
    };
  return { ok: true, test: (text) => expression.test(text.slice(0, characters)) };
}

function compiled(source: string): RegExp | null {
  try {
    return new RegExp(source, "i");
  } catch {
    return null;
  }
}

/** An escape, a class, the beginning of a group, its end, a repeat with its laziness, a choice, or another character. */
const pieces =
  /\\.|\[(?:\\.|[^\]\\])*\]|\((?:\?(?:[:=!]|<[=!]|<\w+>))?|\)|(?:[*+]|\{\d+(?:,\d*)?\}|\?)\??|\||./gs;

/** How many repeats there are, or that one is of a group that holds another, or a choice. */
function repeatsIn(source: string): number | "nested" {
  let repeats = 0;
  const open: boolean[] = [];
  let closed = false;
  for (const [piece] of source.matchAll(pieces)) {
    const isRepeat = /^(?:[*+]|\{\d)/.test(piece);
    if (isRepeat && closed) return "nested";
    if (isRepeat) repeats += 1;
    if (piece.startsWith("(")) open.push(false);
    closed = piece === ")" && open.pop() === true;
    const isOpen = isRepeat || closed || piece === "|" || piece.startsWith("?");
    if (isOpen && open.length > 0) open[open.length - 1] = true;
  }
  return repeats;
}
