import { commands } from "../commands/all.ts";
import { currentSpot } from "../store/screen.ts";
import type { State } from "../store/store.ts";
import { width as cellsOf } from "../text/cells.ts";
import { joined, type SafeText, safe } from "../text/safe-text.ts";
import { safeText } from "../text/text.ts";
import { keyName } from "./drawing/key-name.ts";
import type { Theme } from "./drawing/theme.ts";
import { type KeyHint, overlayKeys } from "./overlays/overlay-keys.ts";

/** The ways out and to the other keys stay where there is room for little. */
const lastToLeave: ReadonlySet<string> = new Set(["help", "quit"]);

/** The keys that work here, most useful first; or what is being typed; or what was just said. */
export function footerLine(state: State, theme: Theme, width: number): SafeText {
  const { overlay, notice } = state.screen;
  const { ellipsis } = theme.glyphs;
  if (overlay?.kind === "filter") {
    const [meaning, words] =
      notice === null
        ? (["muted", "keep with Enter, drop with Esc"] as const)
        : (["warning", notice] as const);
    return safe` /${safeText(overlay.text, width - 40, ellipsis)}${theme.paint("selected", safe` `)} ${theme.paint(meaning, safe` ${safeText(words, 36, ellipsis)}`)}`;
  }
  const keys = overlay ? overlayKeys(overlay) : [];
  // The form has a line of its own for what has to be said.
  const isSaid = notice !== null && overlay !== null && ("text" in overlay || "typed" in overlay);
  if (keys.length > 0 && !isSaid) return hints(keys, theme);
  if (notice !== null) return safe` ${theme.paint("warning", safeText(notice, width - 2, ellipsis))}`;
  const { filter } = currentSpot(state.screen);
  const filtered = filter === "" ? safe`` : safe` filter /${safeText(filter, 30, ellipsis)} `;
  return safe`${theme.paint("accent", filtered)}${keysHere(state, theme, width - cellsOf(filtered))}`;
}

function hints(parts: readonly KeyHint[], theme: Theme): SafeText {
  return joined(
    parts.map(({ keys, does }) => {
      const names = keys.map((key) => keyName(key, theme));
      return safe` ${theme.paint("strong", joined(names, safe` `))} ${safeText(does)} `;
    }),
  );
}

function keysHere(state: State, theme: Theme, width: number): SafeText {
  const shown = commands
    .filter(({ footer, when }) => footer && (when?.(state) ?? true))
    .sort((a, b) => (a.footer?.rank ?? 0) - (b.footer?.rank ?? 0))
    .map(({ name, keys, footer }) => {
      const key = keyName(keys[0] ?? "", theme);
      const title = safeText(footer?.title ?? "");
      const text = safe` ${theme.paint("strong", key)} ${title} `;
      return { name, text, cells: cellsOf(key) + cellsOf(title) + 3 };
    });
  while (shown.reduce((sum, { cells }) => sum + cells, 0) > width) {
    const leaves = shown.findLastIndex(({ name }) => !lastToLeave.has(name));
    if (leaves < 0) break;
    shown.splice(leaves, 1);
  }
  return joined(shown.map(({ text }) => text));
}
