import type { Theme } from "./theme.ts";

/** A chord as it stands on a keyboard. */
export function keyName(chord: string, theme: Theme): string {
  const names: Readonly<Record<string, string>> = {
    enter: theme.glyphs.enter,
    escape: "Esc",
    tab: "Tab",
    "shift-tab": "S-Tab",
    pageup: "PgUp",
    pagedown: "PgDn",
    home: "Home",
    end: "End",
    up: theme.ascii ? "Up" : "↑",
    down: theme.ascii ? "Down" : "↓",
    left: theme.ascii ? "Left" : "←",
    right: theme.ascii ? "Right" : "→",
  };
  return names[chord] ?? chord.replace(/^ctrl-/, "^");
}
