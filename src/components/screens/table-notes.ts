import { isUp } from "../../stats/health.ts";
import type { Missing } from "../../store/fleet-samples.ts";
import type { NodeEntry } from "../../store/nodes.ts";
import { nodesOnScreen } from "../../store/on-screen.ts";
import { currentSpot, isMissed, placeIf } from "../../store/screen.ts";
import { cursorIndex, shown } from "../../store/selectors.ts";
import type { State } from "../../store/store.ts";
import { currentTable, type Table } from "../../store/table.ts";
import { printAge, printTook } from "../../text/pretty.ts";
import { joined, type SafeText, safe } from "../../text/safe-text.ts";
import { safeName, safeText } from "../../text/text.ts";
import { printDuration } from "../../text/units.ts";
import { wrapped } from "../../text/wrapped.ts";
import { badness } from "../../views/node-word.ts";
import { pulseView } from "../../views/server/pulse.ts";
import { neededBy, type View } from "../../views/view.ts";
import { windowStart } from "../drawing/layout.ts";
import { stateLooks } from "../drawing/node-state.ts";
import type { Theme } from "../drawing/theme.ts";

/** Values older than this many refreshes are dimmed and carry their age. */
const freshRefreshes = 2;
const mostReasons = 3;
const mostNames = 3;

/** From what age on, in milliseconds, rows of a view are dimmed, by node: where it is asked less often, later. */
export function oldAfterMs(state: State, view: View): (node: string) => number {
  const { paces, nodes } = shown(state);
  const asked = neededBy(view).filter((one) => one !== pulseView);
  const limits = new Map<string, number>();
  return (node) => {
    const known = limits.get(node);
    if (known !== undefined) return known;
    const cadences = asked.map(({ name, everyMs = 0 }) =>
      Math.max(everyMs, paces[name]?.[node]?.everyMs ?? 0),
    );
    // Before it was asked at the new pace once.
    const slowed = asked.length === 0 ? 1 : (nodes[node]?.stress?.slower ?? 1);
    const everyMs = Math.max(slowed * state.screen.refreshMs, ...cadences);
    const limit = Math.max(2000, freshRefreshes * everyMs) + 500;
    limits.set(node, limit);
    return limit;
  };
}

/** Why a table has no rows, to stand where they would; null where it has some or its nodes say why below. */
export function emptyNote({ total, lines, missing, view }: Table, state: State): SafeText | null {
  const { screen } = state;
  if (lines.length > 0) return null;
  if (total > 0) return safe`none of ${total} rows matches; Esc drops the filter`;
  if (missing.length > 0)
    return missing.every(({ isNote }) => isNote) ? (view.noneKnown ? safeText(view.noneKnown) : null) : null;
  const asked = [...nodesOnScreen(state)];
  // No node was asked, which is not the same as no node having rows.
  if (!asked.some((name) => shown(state).nodes[name])) return safe`no node is left here; Esc goes back`;
  const isIdleHidden = view.name === "activity" && !screen.idle;
  return isIdleHidden
    ? safe`nothing runs; i shows idle sessions too`
    : safeText(view.none ?? `no rows in ${view.source}`);
}

/** At the foot: which nodes are missing, old or slow and why, the worst first, and what is wrong with the filter. */
function notesOf(table: Table, state: State, theme: Theme, width: number): SafeText[] {
  const notes: SafeText[] = [];
  const reasons = reasonsIn(silentNodes(table, oldAfterMs(state, table.view)));
  notes.push(...reasons.slice(0, mostReasons).flatMap((one) => noteOf(one, theme, width)));
  notes.push(...moreNote(reasons.slice(mostReasons), table.databases > 0 ? "database" : "node", theme));
  notes.push(...slowNote(table.view, state, theme), ...baselineNote(table, state, theme));
  notes.push(...filterNotes(table, theme), ...missedNote(table, state, theme));
  return notes;
}

/** That Enter led to a line which is not there. */
function missedNote({ keys, total }: Table, { screen }: State, theme: Theme): SafeText[] {
  if (total === 0 || !isMissed(currentSpot(screen), keys)) return [];
  const { warning } = theme.glyphs;
  return [
    theme.paint("warning", safe`  ${warning} the line that you came for is not here: it is over, or hidden`),
  ];
}

/** The node that is asked least often because of what the view costs it or of stress, how often, and how many more there are. */
function slowNote(view: View, state: State, theme: Theme): SafeText[] {
  const { paces, nodes } = shown(state);
  const slow = [...nodesOnScreen(state)].flatMap((name) =>
    neededBy(view).flatMap((asked) => {
      const [node, pace = null] = [nodes[name], paces[asked.name]?.[name]];
      const isSlow = pace || (node?.stress && isUp(node.health) && asked !== pulseView);
      return node && isSlow ? [{ node, pace, asked }] : [];
    }),
  );
  const [worst] = slow.toSorted(
    (a, b) =>
      Number(b.node.stress !== null) - Number(a.node.stress !== null) ||
      (b.pace?.everyMs ?? 0) - (a.pace?.everyMs ?? 0),
  );
  if (!worst) return [];
  const { node, pace, asked } = worst;
  const { glyphs } = theme;
  const name = safeName(node.name, 40, glyphs.ellipsis);
  const it = asked === view ? safe`it` : safeText(asked.name);
  const others = new Set(slow.map((one) => one.node)).size - 1;
  const more =
    others > 0 ? safe`; ${others} more ${others === 1 ? "node is" : "nodes are"} slow too` : safe``;
  const every = pace ? safe`every ${safeText(printDuration(pace.everyMs))}: ` : safe``;
  const words = node.stress
    ? safe`${every}asked less: node under stress, ${safeText(node.stress.why, 120, glyphs.ellipsis)}`
    : safe`${every}${it} takes this server ${printTook(pace?.tookMs ?? 0)}`;
  return [theme.paint("muted", safe`  ${glyphs[stateLooks(node).glyph]} ${name}: ${words}${more}`)];
}

const knownNotes = new WeakMap<State, { readonly theme: Theme; readonly notes: readonly SafeText[] }>();

/** {@link notesOf} in a body of so many lines, which the table and the rule below it both ask for in one frame. */
function notesIn(table: Table, state: State, theme: Theme, { width, height }: Size): readonly SafeText[] {
  const known = knownNotes.get(state);
  const notes = known?.theme === theme ? known.notes : notesOf(table, state, theme, width);
  knownNotes.set(state, { theme, notes });
  return notes.slice(0, Math.max(1, height - 4));
}

type Size = { readonly width: number; readonly height: number };

/** The lines of a table that are in sight, from `top` on, and the notes below them. */
export function windowOn(table: Table, state: State, theme: Theme, size: Size) {
  const spot = currentSpot(state.screen);
  const cursor = cursorIndex(spot, table.keys);
  const notes = notesIn(table, state, theme, size);
  const room = Math.max(1, size.height - 1 - notes.length);
  return { notes, cursor, room, top: windowStart(spot.top, cursor, table.lines.length, room) };
}

/** Which lines of how many are in sight, where not all of them are. */
export function positionOf(state: State, theme: Theme, size: Size): SafeText {
  const table = placeIf(state.screen, "view") && currentTable(state);
  if (!table) return safe``;
  const { top, room } = windowOn(table, state, theme, size);
  const { length } = table.lines;
  return length <= room ? safe`` : theme.paint("accent", safe`${top + 1}-${top + room} of ${length}`);
}

/** What is wrong with the filter. */
export function filterNotes({ filterError }: Table, theme: Theme): SafeText[] {
  if (filterError === null) return [];
  const { warning, ellipsis } = theme.glyphs;
  return [theme.paint("warning", safe`  ${warning} filter: ${safeText(filterError, 100, ellipsis)}`)];
}

/** With what counters are compared, where that is not the answer before. */
function baselineNote({ comparison }: Table, state: State, theme: Theme): SafeText[] {
  const { baseline } = state.screen;
  if (comparison === "total")
    return [theme.paint("accent", safe`  totals since the counters began; t shows rates`)];
  if (comparison !== "delta" || baseline.kind !== "mark") return [];
  const ago = printAge((shown(state).nowMs - baseline.nowMs) / 1000);
  const at = safeText(new Date(baseline.clockMs).toTimeString().slice(0, 8));
  return [theme.paint("accent", safe`  counted since the mark at ${at}, ${ago} ago; m takes it away`)];
}

type Silent = Pick<Missing, "node" | "why" | "isNote"> & { readonly oldMs: number };

/** What is said of these nodes, the worst first. */
type Reason = Omit<Silent, "node"> & { readonly nodes: readonly NodeEntry[] };

/** What is the same for several nodes is said once. What lacks rows comes before what only leaves something out. */
function reasonsIn(silent: readonly Silent[]): Reason[] {
  const worstFirst = silent.toSorted(
    (a, b) => Number(a.isNote) - Number(b.isNote) || badness(b.node) - badness(a.node),
  );
  // Rows of another age are another matter.
  const same = Map.groupBy(worstFirst, ({ why, oldMs, isNote }) => JSON.stringify([why, oldMs, isNote]));
  return [...same.values()].flatMap((all) => {
    const [first] = all;
    return first ? [{ ...first, nodes: all.map(({ node }) => node) }] : [];
  });
}

/** How many more lack rows, and how many more notes there are. */
function moreNote(reasons: readonly Reason[], unit: "database" | "node", theme: Theme): SafeText[] {
  const lacking = reasons.filter(({ isNote }) => !isNote).reduce((sum, { nodes }) => sum + nodes.length, 0);
  const notes = reasons.filter(({ isNote }) => isNote).length;
  const counted = (count: number, what: string) => `${count} more ${what}${count === 1 ? "" : "s"}`;
  const parts = [
    ...(lacking > 0 ? [`${counted(lacking, unit)} without fresh rows`] : []),
    ...(notes > 0 ? [counted(notes, "note")] : []),
  ];
  return parts.length === 0 ? [] : [theme.paint("muted", safe`  and ${safeText(parts.join(" and "))}`)];
}

/** Nodes without rows or with old ones; in a view of each database, those. */
function silentNodes({ missing, lines, databases }: Table, limitMs: (node: string) => number): Silent[] {
  const old = new Map<string, Silent>();
  const placeOf = (node: NodeEntry, database: string | null) => JSON.stringify([node.name, database]);
  for (const { node, row, ageMs } of lines) {
    if (!node || ageMs <= limitMs(node.name)) continue;
    const database = databases > 0 ? String(row["database"]) : null;
    const why = database === null ? "no fresh answer" : `${database}: no fresh answer`;
    old.set(placeOf(node, database), { node, why, oldMs: ageMs, isNote: false });
  }
  const oldOf = ({ node, database }: Missing) => old.get(placeOf(node, database));
  const known = missing.map((one) => ({
    ...{ node: one.node, why: one.why, isNote: one.isNote },
    oldMs: oldOf(one)?.oldMs ?? 0,
  }));
  for (const { node, database } of missing) {
    old.delete(placeOf(node, database));
    // What the node says is said of all its databases.
    if (database === null) for (const [place, one] of old) if (one.node === node) old.delete(place);
  }
  return [...known, ...old.values()];
}

/** The end of a reason is what to do about it, such as a GRANT: it is wrapped, not cut. */
function noteOf({ nodes, why, oldMs }: Reason, theme: Theme, width: number): SafeText[] {
  const [worst] = nodes;
  if (!worst) return [];
  const { glyph, meaning } = stateLooks(worst);
  const { ellipsis } = theme.glyphs;
  const rows = oldMs > 0 ? safe`, rows are ${printAge(oldMs / 1000)} old` : safe``;
  const names = nodes.slice(0, mostNames).map(({ name }) => safeName(name, 40, ellipsis));
  const others = nodes.length - names.length;
  const who = safe`${joined(names, safe`, `)}${others > 0 ? safe` and ${others} more` : safe``}`;
  const text = safe`${theme.glyphs[glyph]} ${who}: ${safeText(why, 400, ellipsis)}${rows}`;
  const look = meaning === "ok" ? "muted" : meaning;
  return wrapped(text, width - 4).map((line, at) =>
    theme.paint(look, safe`${at === 0 ? "  " : "    "}${line}`),
  );
}
