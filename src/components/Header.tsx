import { currentSpot } from "../store/screen.ts";
import { nodesIn, shown } from "../store/selectors.ts";
import type { State } from "../store/store.ts";
import { printAge } from "../text/pretty.ts";
import { width as cellsOf, fit, safeName } from "../text/text.ts";
import { printDuration } from "../text/units.ts";
import { breadcrumb } from "./breadcrumb.ts";
import { stateLooks } from "./drawing/node-state.ts";
import type { Meaning, Theme } from "./drawing/theme.ts";

type Part = { readonly text: string; readonly meaning: Meaning };

/** Where the person is on the left; the fleet in one line, the pace and the newest sample's clock on the right. */
export function headerLine(state: State, theme: Theme, width: number): string {
  const { ellipsis, separator } = theme.glyphs;
  const path = breadcrumb(state)
    .map((crumb) => safeName(crumb, 30, ellipsis))
    .join(` ${separator} `);
  const isCrumbsShown = (right: readonly Part[]) =>
    cellsOf(` pgparade  ${path}  `) + cellsOf(join(right)) < width;
  const forms = rightForms(state, theme);
  const right = forms.find(isCrumbsShown) ?? forms.at(-1) ?? [];
  const room = Math.max(8, width - cellsOf(` pgparade    ${join(right)} `));
  const left = cellsOf(path) > room ? fit(path, room, "left", ellipsis) : path;
  const space = width - cellsOf(` pgparade  ${left}`) - cellsOf(join(right)) - 1;
  const crumbs = theme.paint(isProduction(state) ? "production" : "strong", left);
  const painted = right.map(({ text, meaning }) => theme.paint(meaning, text)).join("  ");
  return ` ${theme.paint("heading", "pgparade")}  ${crumbs}${" ".repeat(Math.max(1, space))}${painted}`;
}

const join = (parts: readonly Part[]) => parts.map(({ text }) => text).join("  ");

/** The right side from the most to the least room: words leave first, then the pace, the counts never. */
function rightForms(state: State, theme: Theme): Part[][] {
  const config = state.configProblem === null ? [] : [configKept(theme, false)];
  const short = [...config, ...tally(state, theme, false)];
  const pause = state.frozen ? [{ text: `${theme.glyphs.paused} paused`, meaning: "warning" } as const] : [];
  return [
    [...config.map(() => configKept(theme, true)), ...tally(state, theme, true), pace(state, theme)],
    [...short, pace(state, theme)],
    [...short, ...(state.frozen ? pause : [clock(state, theme)])],
    [...short, ...pause],
  ];
}

/** Stays as long as the file is wrong, when the words at the foot have long given way to a key. */
function configKept({ glyphs }: Theme, words: boolean): Part {
  return { text: `${glyphs.warning} ${words ? "config not applied" : "config"}`, meaning: "warning" };
}

/** How many nodes are how: by sign and word, or by sign alone; the worst last, where the eye ends. */
function tally(state: State, theme: Theme, words: boolean): Part[] {
  const counts = new Map<string, { readonly sign: string; readonly meaning: Meaning; count: number }>();
  for (const node of Object.values(shown(state).nodes)) {
    const { glyph, word, meaning } = stateLooks(node);
    const sign = theme.glyphs[glyph];
    const key = words ? `${sign} ${word}` : sign;
    const before = counts.get(key) ?? { sign, meaning, count: 0 };
    const worst = order.indexOf(meaning) < order.indexOf(before.meaning) ? meaning : before.meaning;
    counts.set(key, { sign, meaning: worst, count: before.count + 1 });
  }
  return [...counts]
    .sort(([, a], [, b]) => order.indexOf(b.meaning) - order.indexOf(a.meaning))
    .map(([key, { sign, count, meaning }]) => ({
      text: `${sign} ${count}${key.slice(sign.length)}`,
      meaning,
    }));
}

const order: readonly Meaning[] = ["critical", "warning", "accent", "muted", "ok"];

function pace(state: State, theme: Theme): Part {
  const { text, meaning } = clock(state, theme);
  if (!state.frozen) return { text: `every ${printDuration(state.screen.refreshMs)}  ${text}`, meaning };
  const ago = printAge((state.observed.nowMs - shown(state).nowMs) / 1000);
  return { text: `${theme.glyphs.paused} paused ${ago} ago  ${text}`, meaning };
}

/** When the newest sample came. */
function clock(state: State, { glyphs }: Theme): Part {
  const { clockMs, nodes } = shown(state);
  // Before the first sample there is no clock of the newest one.
  const time = Object.values(nodes).some(({ pulseAtMs }) => pulseAtMs !== null) ? clockTime(clockMs) : "";
  return state.frozen
    ? { text: time, meaning: "warning" }
    : { text: `${time} ${glyphs.running}`.trimStart(), meaning: "muted" };
}

/** True when something on screen is what the config calls production. */
function isProduction(state: State): boolean {
  const { place } = currentSpot(state.screen);
  if (place.kind === "fleet" || place.kind === "connections") return false;
  const names = place.kind === "view" ? nodesIn(state, place.scope) : [place.node];
  return names.some((name) => shown(state).nodes[name]?.production ?? false);
}

/** Hours, minutes and seconds here, without the date library whose first call takes 4 ms. */
function clockTime(ms: number): string {
  const at = new Date(ms);
  return [at.getHours(), at.getMinutes(), at.getSeconds()]
    .map((part) => String(part).padStart(2, "0"))
    .join(":");
}
