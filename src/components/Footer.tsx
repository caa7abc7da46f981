import { commands } from "../commands/all.ts";
import { applies, type Command } from "../commands/command.ts";
import { promptOf } from "../commands/prompts/prompt-of.ts";
import type { RunningOperation } from "../store/actions/running.ts";
import { currentSpot, overlayIf } from "../store/screen.ts";
import type { State } from "../store/store.ts";
import { width as cellsOf } from "../text/cells.ts";
import { printAge } from "../text/pretty.ts";
import { joined, type SafeText, safe } from "../text/safe-text.ts";
import { safeText } from "../text/text.ts";
import { wrapped } from "../text/wrapped.ts";
import { keyHint } from "./drawing/key-hints.ts";
import { keyName } from "./drawing/key-name.ts";
import { clip } from "./drawing/line.ts";
import type { Theme } from "./drawing/theme.ts";

/** The ways out and to the other keys stay where there is room for little. */
const lastToLeave: ReadonlySet<string> = new Set(["help", "quit"]);

/** What was just said, for the rule above the footer: it never hides a key. */
export function noticeLine(state: State, theme: Theme, width: number): SafeText {
  const { notice } = state.screen;
  if (notice === null) return runningLine(state, theme, width)[0] ?? safe``;
  return theme.paint("warning", safeText(notice, width, theme.glyphs.ellipsis));
}

/** The same in two lines where one has no room for it; the end of a text that is longer still is cut. */
export function noticeLines(state: State, theme: Theme, width: number): SafeText[] {
  const { notice } = state.screen;
  if (notice === null) return runningLine(state, theme, width);
  const [first, ...rest] = wrapped(safeText(notice), width);
  if (first === undefined) return [];
  const second = rest.length === 0 ? [] : [clip(joined(rest, safe` `), width, theme.glyphs.ellipsis)];
  return [first, ...second].map((line) => theme.paint("warning", line));
}

/** How long an operation has been running. */
export function runningFor({ observed }: State, { sinceMs }: RunningOperation): SafeText {
  return printAge(Math.max(0, observed.nowMs - sinceMs) / 1000);
}

/** What still runs on servers, in one line; none for what the dialog that is open says. */
function runningLine(state: State, theme: Theme, width: number): SafeText[] {
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

/** The keys that work here, most useful first; or what is being typed. */
export function footerLine(state: State, theme: Theme, width: number): SafeText {
  const { overlay } = state.screen;
  const { ellipsis } = theme.glyphs;
  const hints = overlay
    ? promptOf(overlay)
        .hints(overlay)
        .map((hint) => safe` ${keyHint(hint, theme)} `)
    : [];
  const help = overlayIf(state.screen, "help");
  const filter = overlayIf(state.screen, "filter")?.text ?? (help?.isTyped ? help.filter : null);
  if (filter !== null) {
    const typed = safeText(filter, width - 40, ellipsis);
    return safe` /${typed}${theme.paint("selected", safe` `)} ${joined(hints)}`;
  }
  const { filter: kept, marks } = help ? { ...help, marks: new Set() } : currentSpot(state.screen);
  const filtered = kept === "" ? safe`` : safe` filter /${safeText(kept, 30, ellipsis)} `;
  if (help) return safe`${theme.paint("accent", filtered)}${joined(hints)}`;
  if (hints.length > 0) return joined(hints);
  const before = marks.size === 0 ? filtered : safe` ${marks.size} marked ${filtered}`;
  return safe`${theme.paint("accent", before)}${keysHere(state, theme, width - cellsOf(before))}`;
}

function rankOf({ footer }: Command, state: State): number {
  const rank = footer?.rank ?? 0;
  return typeof rank === "number" ? rank : rank(state);
}

function keysHere(state: State, theme: Theme, width: number): SafeText {
  const shown = commands
    .filter((command) => command.footer && applies(command, state) && !command.disabledReason?.(state))
    .sort((a, b) => rankOf(a, state) - rankOf(b, state))
    .map(({ name, keys, footer }) => {
      const key = keyName(keys[0] ?? "", theme);
      const given = footer?.title ?? "";
      const title = safeText(typeof given === "string" ? given : given(state));
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
