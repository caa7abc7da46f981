import { type SafeText, safeWords } from "../../text/safe-text.ts";
import { safeText } from "../../text/text.ts";
import type { Theme } from "./theme.ts";

const named = safeWords({
  escape: "Esc",
  tab: "Tab",
  "shift-tab": "S-Tab",
  pageup: "PgUp",
  pagedown: "PgDn",
  home: "Home",
  end: "End",
});
const arrows = safeWords({ up: "↑", down: "↓", left: "←", right: "→" });
const asciiArrows = safeWords({ up: "Up", down: "Down", left: "Left", right: "Right" });

/** A chord as it stands on a keyboard. */
export function keyName(chord: string, theme: Theme): SafeText {
  const names: Readonly<Record<string, SafeText>> = {
    enter: theme.glyphs.enter,
    ...named,
    ...(theme.ascii ? asciiArrows : arrows),
  };
  return names[chord] ?? safeText(chord.replace(/^ctrl-/, "^"));
}
