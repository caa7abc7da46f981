import { joined, type SafeText, safe } from "../../text/safe-text.ts";
import { safeText } from "../../text/text.ts";
import { keyName } from "./key-name.ts";
import type { Theme } from "./theme.ts";

/** A key by its chords, and what it does in a word or two. */
type Hint = { readonly keys: readonly string[]; readonly does: string };

/** A key as footers and dialogs say it. */
export function keyHint({ keys, does }: Hint, theme: Theme): SafeText {
  const names = keys.map((key) => keyName(key, theme));
  return safe`${theme.paint("strong", joined(names, safe` `))} ${safeText(does)}`;
}
