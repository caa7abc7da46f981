import { commands } from "../commands/all.ts";
import { currentSpot } from "../store/screen.ts";
import type { State } from "../store/store.ts";
import { width as cellsOf, safeText } from "../text/text.ts";
import { keyName } from "./drawing/key-name.ts";
import type { Theme } from "./drawing/theme.ts";
import { type KeyHint, overlayKeys } from "./overlays/overlay-keys.ts";

/** The ways out and to the other keys stay where there is room for little. */
const lastToLeave: ReadonlySet<string> = new Set(["help", "quit"]);

/** The keys that work here, most useful first; or what is being typed; or what was just said. */
export function footerLine(state: State, theme: Theme, width: number): string {
  const { overlay, notice } = state.screen;
  const { ellipsis } = theme.glyphs;
  if (overlay?.kind === "filter")
    return ` /${safeText(overlay.text, width - 40, ellipsis)}${theme.paint("selected", " ")} ${theme.paint("muted", " keep with Enter, drop with Esc")}`;
  const keys = overlay ? overlayKeys(overlay) : [];
  if (keys.length > 0) return hints(keys, theme);
  if (notice !== null) return ` ${theme.paint("warning", safeText(notice, width - 2, ellipsis))}`;
  const { filter } = currentSpot(state.screen);
  const filtered = filter === "" ? "" : ` filter /${safeText(filter, 30, ellipsis)} `;
  return `${theme.paint("accent", filtered)}${keysHere(state, theme, width - cellsOf(filtered))}`;
}

function hints(parts: readonly KeyHint[], theme: Theme): string {
  return parts
    .map(({ keys, does }) => {
      const names = keys.map((key) => keyName(key, theme));
      return ` ${theme.paint("strong", names.join(" "))} ${does} `;
    })
    .join("");
}

function keysHere(state: State, theme: Theme, width: number): string {
  const shown = commands
    .filter(({ footer, when }) => footer && (when?.(state) ?? true))
    .sort((a, b) => (a.footer?.rank ?? 0) - (b.footer?.rank ?? 0))
    .map(({ name, keys, footer }) => {
      const key = keyName(keys[0] ?? "", theme);
      const title = footer?.title ?? "";
      const text = ` ${theme.paint("strong", key)} ${title} `;
      return { name, text, cells: cellsOf(key) + cellsOf(title) + 3 };
    });
  while (shown.reduce((sum, { cells }) => sum + cells, 0) > width) {
    const leaves = shown.findLastIndex(({ name }) => !lastToLeave.has(name));
    if (leaves < 0) break;
    shown.splice(leaves, 1);
  }
  return shown.map(({ text }) => text).join("");
}
