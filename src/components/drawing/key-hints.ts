import type { KeyHint } from "../../commands/prompts/prompt.ts";
import { joined, type SafeText, safe } from "../../text/safe-text.ts";
import { safeText } from "../../text/text.ts";
import { keyName } from "./key-name.ts";
import type { Theme } from "./theme.ts";

/** A key as footers and dialogs say it. */
export function keyHint({ keys, does }: KeyHint, theme: Theme): SafeText {
  const names = keys.map((key) => keyName(key, theme));
  return safe`${theme.paint("strong", joined(names, safe` `))} ${safeText(does)}`;
}
