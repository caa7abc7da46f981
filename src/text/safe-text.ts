declare const brand: unique symbol;

/**
 * Text that may be drawn: a terminal obeys nothing in it but the colours that the theme put there. Only `src/text` makes
 * it: `safeText` from any string, {@link safe} from our own words (docs/decisions/0019-safe-text.md).
 */
export type SafeText = string & { readonly [brand]: true };

/** What may stand inside of {@link safe}: safe text, numbers and words of our own; for any other type, never. */
type Part<T> = T extends SafeText | number | bigint
  ? T
  : T extends string
    ? // A literal type is a key that an object must have; `string` and `a${string}` are keys that it may have.
      Record<never, never> extends Record<T, 1>
      ? never
      : T
    : never;

/**
 * A template whose words are ours and whose parts are safe: safe`${name} is down`. The compiler refuses a part that is
 * any string; `safeText` makes it safe.
 */
export function safe<const P extends readonly unknown[]>(
  words: TemplateStringsArray,
  ...parts: { [K in keyof P]: Part<P[K]> }
): SafeText {
  let text = words[0] ?? "";
  for (let at = 0; at < parts.length; at++) text += String(parts[at]) + words[at + 1];
  return text as SafeText;
}

/** Words of our own by their names: glyphs, labels, colour codes. */
export function safeWords<const W extends Readonly<Record<string, string>>>(
  words: W & { readonly [K in keyof W]: Part<W[K]> },
): { readonly [K in keyof W]: SafeText } {
  return words as { readonly [K in keyof W]: SafeText };
}

/** Safe texts one behind the other. */
export function joined(parts: readonly SafeText[], separator: SafeText = safe``): SafeText {
  return parts.join(separator) as SafeText;
}

/** A safe text several times; below one, nothing. */
export function repeated(text: SafeText, times: number): SafeText {
  return text.repeat(Math.max(0, times)) as SafeText;
}

/** A safe text with blanks in front of it, to `length` code units. */
export function padStart(text: SafeText, length: number): SafeText {
  return text.padStart(length) as SafeText;
}

/** A safe text without the blanks around it. */
export function trim(text: SafeText): SafeText {
  return text.trim() as SafeText;
}

/** A safe text without the blanks at its end. */
export function trimEnd(text: SafeText): SafeText {
  return text.trimEnd() as SafeText;
}
