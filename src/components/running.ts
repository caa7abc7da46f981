import type { RunningOperation } from "../store/actions/running.ts";
import { overlayIf } from "../store/screen.ts";
import type { State } from "../store/store.ts";
import { width as cellsOf } from "../text/cells.ts";
import { printAge } from "../text/pretty.ts";
import { type SafeText, safe } from "../text/safe-text.ts";
import { safeText } from "../text/text.ts";
import type { Theme } from "./drawing/theme.ts";

/** How long an operation has been running. */
export function runningFor({ observed }: State, { sinceMs }: RunningOperation): SafeText {
  return printAge(Math.max(0, observed.nowMs - sinceMs) / 1000);
}

/** What still runs on servers, in one line; none for what the dialog that is open says. */
export function runningLine(state: State, theme: Theme, width: number): SafeText[] {
  const { screen } = state;
  if (overlayIf(screen, "quit")) return [];
  const shown = overlayIf(screen, "operation")?.plan ?? overlayIf(screen, "several")?.plans[0];
  const [first, ...others] = screen.running.filter(({ plan }) => plan !== shown);
  if (!first) return [];
  const more = others.length === 0 ? safe`` : safe` and ${others.length} more`;
  const how = screen.overlay === null ? safe`; O shows it` : safe``;
  const end = safe`, ${runningFor(state, first)}${more}${how}`;
  const room = Math.max(8, width - cellsOf(safe`running: ${end}`));
  const name = safeText(first.title, room, theme.glyphs.ellipsis);
  return [theme.paint("accent", safe`running: ${name}${end}`)];
}
