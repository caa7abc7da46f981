import { promptOf } from "../../commands/prompts/prompt-of.ts";
import type { Overlay } from "../../store/screen.ts";
import { joined, type SafeText, safe } from "../../text/safe-text.ts";
import { keyHint } from "../drawing/key-hints.ts";
import type { Theme } from "../drawing/theme.ts";

/** The answers to a question by their keys, below it. Esc is what every key but the first means. */
export function answersOf(overlay: Overlay, theme: Theme): SafeText {
  const answers = promptOf(overlay)
    .hints(overlay)
    .map((hint) => safe`${keyHint(hint, theme)}${hint.keys.includes("escape") ? " (default)" : ""}`);
  return safe`   ${joined(answers, safe`    `)}`;
}
