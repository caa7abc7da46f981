import { commands } from "../commands/all.ts";
import { width as cellsOf, safeText } from "../postgres/text.ts";
import { currentSpot } from "../store/screen.ts";
import type { State } from "../store/store.ts";
import { keyName } from "./Help.tsx";
import type { Theme } from "./theme.ts";

/** The keys that work here, most useful first; or what is being typed; or what was just said. */
export function footerLine(state: State, theme: Theme, width: number): string {
  const { overlay, notice } = state.screen;
  if (overlay?.kind === "filter")
    return ` /${safeText(overlay.text, width - 30)}${theme.paint("selected", " ")} ${theme.paint("muted", " keep with Enter, drop with Esc")}`;
  if (notice !== null) return ` ${theme.paint("warning", safeText(notice, width - 2))}`;
  const { filter } = currentSpot(state.screen);
  let line = filter === "" ? "" : ` filter /${safeText(filter, 40)}  `;
  const shown = commands
    .filter(({ footer, when }) => footer && (when?.(state) ?? true))
    .sort((a, b) => (a.footer?.rank ?? 0) - (b.footer?.rank ?? 0));
  let used = cellsOf(line);
  line = theme.paint("accent", line);
  for (const { keys, footer } of shown) {
    const key = keyName(keys[0] ?? "", theme);
    const title = footer?.title ?? "";
    const cells = cellsOf(key) + title.length + 3;
    if (used + cells > width) break;
    line += ` ${theme.paint("strong", key)} ${title} `;
    used += cells;
  }
  return line;
}
