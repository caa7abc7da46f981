import { crumbsHere, isProductionHere, isWithoutActionsHere } from "../store/on-screen.ts";
import { shown } from "../store/selectors.ts";
import type { State } from "../store/store.ts";
import { width as cellsOf } from "../text/cells.ts";
import { printAge } from "../text/pretty.ts";
import { joined, repeated, type SafeText, safe } from "../text/safe-text.ts";
import { fit, safeName, safeText } from "../text/text.ts";
import { printDuration } from "../text/units.ts";
import { type StateLooks, stateLooks } from "./drawing/node-state.ts";
import type { Meaning, Theme } from "./drawing/theme.ts";

type Part = { readonly text: SafeText; readonly meaning: Meaning };

/** On the left the place on screen; on the right the fleet in one line, the refresh and the time of the newest sample. */
export function headerLine(state: State, theme: Theme, width: number): SafeText {
  const { ellipsis, separator } = theme.glyphs;
  // The title is the node's name when one node is watched: it is not repeated.
  const crumbs = [state.title, ...crumbsHere(state).filter((crumb) => crumb !== state.title)];
  const path = joined(
    crumbs.map((crumb) => safeName(crumb, 30, ellipsis)),
    safe` ${separator} `,
  );
  const isCrumbsShown = (right: readonly Part[]) =>
    cellsOf(` pgparade  ${path}  `) + cellsOf(join(right)) < width;
  let right: readonly Part[] = [];
  for (right of rightForms(state, theme)) if (isCrumbsShown(right)) break;
  const room = Math.max(8, width - cellsOf(` pgparade    ${join(right)} `));
  const left = cellsOf(path) > room ? fit(path, room, "left", ellipsis) : path;
  const space = width - cellsOf(` pgparade  ${left}`) - cellsOf(join(right)) - 1;
  const whole = theme.paint(isProductionHere(state) ? "production" : "strong", left);
  const painted = joined(
    right.map(({ text, meaning }) => theme.paint(meaning, text)),
    safe`  `,
  );
  return safe` ${theme.paint("heading", safe`pgparade`)}  ${whole}${repeated(safe` `, Math.max(1, space))}${painted}`;
}

const join = (parts: readonly Part[]) =>
  joined(
    parts.map(({ text }) => text),
    safe`  `,
  );

/** The right side, widest form first: words are dropped first, then the refresh; the counts always stay. */
function* rightForms(state: State, theme: Theme): Generator<readonly Part[]> {
  const [allowed, production] = [withoutActions(state), isProductionHere(state)];
  const upToPace = (words: boolean) => [
    ...productionPart(production, words),
    ...allowed,
    ...quiet(state, words),
    ...troubles(state, theme, words),
    ...tally(state, theme, words),
  ];
  yield [...upToPace(true), pace(state, theme, true)];
  const short = upToPace(false);
  yield [...short, pace(state, theme, true)];
  yield [...short, pace(state, theme, false)];
  const pause: Part = { text: safe`${theme.glyphs.paused} paused`, meaning: "warning" };
  yield [...short, state.frozen ? pause : clock(state, theme)];
  yield state.frozen ? [...short, pause] : short;
}

/** Says production in a word too: the terminal may have no colours. */
function productionPart(isProduction: boolean, words: boolean): Part[] {
  return isProduction ? [{ text: words ? safe`production` : safe`prod`, meaning: "production" }] : [];
}

/** Says that actions are off, everywhere or on the nodes on screen. */
function withoutActions(state: State): Part[] {
  if (state.readOnlyBy !== null) return [{ text: safe`read-only`, meaning: "accent" }];
  return isWithoutActionsHere(state) ? [{ text: safe`no actions`, meaning: "accent" }] : [];
}

/** Stays as long as the file is wrong; the notice at the foot goes with the next key. */
function troubles({ configProblem, discoveryProblem }: State, { glyphs }: Theme, words: boolean): Part[] {
  const part = (text: SafeText): Part => ({ text: safe`${glyphs.warning} ${text}`, meaning: "warning" });
  return [
    ...(configProblem === null ? [] : [part(words ? safe`config not applied` : safe`config`)]),
    ...(discoveryProblem === null ? [] : [part(words ? safe`discovery incomplete` : safe`discovery`)]),
  ];
}

/** Counts snoozed and acknowledged alerts, which the other counts leave out. */
function quiet(state: State, words: boolean): Part[] {
  const count = Object.values(shown(state).nodes).reduce((sum, node) => sum + node.quiet.length, 0);
  if (count === 0) return [];
  const said = words ? safe`${count} ${count === 1 ? "alert" : "alerts"} quiet` : safe`${count} quiet`;
  return [{ text: said, meaning: "muted" }];
}

/** Counts the nodes of each state, by sign and word or by sign alone. The worst state stands last, at the edge. */
function tally(state: State, theme: Theme, words: boolean): Part[] {
  const nodesOf = new Map<string, { readonly looks: StateLooks; count: number }>();
  for (const node of Object.values(shown(state).nodes)) {
    const looks = stateLooks(node);
    const sign = theme.glyphs[looks.glyph];
    const key = words ? `${sign} ${looks.word}` : sign;
    const before = nodesOf.get(key);
    if (before && order.indexOf(before.looks.meaning) <= order.indexOf(looks.meaning)) before.count += 1;
    else nodesOf.set(key, { looks, count: (before?.count ?? 0) + 1 });
  }
  return [...nodesOf.values()]
    .sort((a, b) => order.indexOf(b.looks.meaning) - order.indexOf(a.looks.meaning))
    .map(({ looks: { glyph, word, meaning }, count }) => {
      const said = words ? safe` ${word}` : safe``;
      return { text: safe`${theme.glyphs[glyph]} ${count}${said}`, meaning };
    });
}

const order: readonly Meaning[] = ["critical", "warning", "accent", "muted", "ok"];

function pace(state: State, theme: Theme, isZoned: boolean): Part {
  const { text, meaning } = clock(state, theme, isZoned);
  if (!state.frozen)
    return { text: safe`every ${safeText(printDuration(state.screen.refreshMs))}  ${text}`, meaning };
  const ago = printAge((state.observed.nowMs - shown(state).nowMs) / 1000);
  return { text: safe`${theme.glyphs.paused} paused ${ago} ago  ${text}`, meaning };
}

/** When the newest sample came. */
function clock(state: State, { glyphs }: Theme, isZoned = false): Part {
  const { clockMs, nodes } = shown(state);
  // Before the first sample there is no time to show.
  const time = Object.values(nodes).some(({ pulseAtMs }) => pulseAtMs !== null)
    ? clockTime(clockMs, isZoned)
    : null;
  return state.frozen
    ? { text: time ?? safe``, meaning: "warning" }
    : { text: time === null ? glyphs.running : safe`${time} ${glyphs.running}`, meaning: "muted" };
}

const twoDigits = (part: number) => safe`${part < 10 ? "0" : ""}${part}`;

/** Local hours, minutes and seconds, without the date library, whose first call takes 4 ms. */
function clockTime(ms: number, isZoned: boolean): SafeText {
  const at = new Date(ms);
  const time = joined([at.getHours(), at.getMinutes(), at.getSeconds()].map(twoDigits), safe`:`);
  return isZoned ? safe`${time} ${zoneOf(-at.getTimezoneOffset())}` : time;
}

/** UTC, or the offset of local time from it: `+02:00`. */
function zoneOf(minutes: number): SafeText {
  if (minutes === 0) return safe`UTC`;
  const ahead = Math.abs(minutes);
  return safe`${minutes < 0 ? "-" : "+"}${twoDigits(Math.floor(ahead / 60))}:${twoDigits(ahead % 60)}`;
}
