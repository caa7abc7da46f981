import { renderToString } from "ink";
import { groupForm } from "../../../src/app/connections/draft.ts";
import { Screen } from "../../../src/components/App.tsx";
import { makeTheme, type Theme, type ThemeName } from "../../../src/components/drawing/theme.ts";
import type { PlanEntry } from "../../../src/store/actions/explain.ts";
import {
  type Overlay,
  openHelp,
  type Place,
  type ScreenState,
  type Spot,
  spotAt,
} from "../../../src/store/screen.ts";
import type { Observed, State } from "../../../src/store/store.ts";
import { anchored } from "../../../src/text/cells.ts";
import { Secret } from "../../../src/text/secret.ts";
import { activity } from "../../../src/views/backends/activity.ts";
import { idText, rowId } from "../../../src/views/row-id.ts";
import { allMarked, answered, asking } from "./action-fixtures.ts";
import { busyNode } from "./busy-node.ts";
import {
  emptyForm,
  failedTest,
  goodTest,
  hostileForm,
  hostileList,
  listed,
  lockedTest,
  pastedForm,
  wrongForm,
} from "./connection-fixtures.ts";
import { nowMs, observed, stateOf } from "./fixtures.ts";
import {
  badDay,
  bastion,
  behindBastion,
  behindLockedKey,
  hostileDay,
  lockedKey,
  twentyNodes,
} from "./fleet-fixtures.ts";
import { aPlan, hostilePlan, planEntry } from "./plan-fixtures.ts";

export type Size = { readonly columns: number; readonly rows: number };

export const sizes: readonly Size[] = [
  { columns: 60, rows: 15 },
  { columns: 80, rows: 24 },
  { columns: 120, rows: 40 },
  { columns: 200, rows: 50 },
];

const inColour = (name: ThemeName) => makeTheme(name, { color: true, ascii: false });
export const dark = inColour("dark");
/** Every theme with colours. */
export const themed: readonly Theme[] = [
  dark,
  ...(["light", "high-contrast", "colour-blind"] as const).map((name) => inColour(name)),
];
export const colourless = makeTheme("dark", { color: false, ascii: false });
export const ascii = makeTheme("dark", { color: true, ascii: true });

/** What was drawn: many tests look at the same screens. */
const drawn = new WeakMap<State, Map<Theme, readonly string[]>>();

/** The screen as Ink draws it. */
function drawMarked(state: State, theme: Theme): readonly string[] {
  const { columns } = state.screen;
  const known = drawn.get(state) ?? new Map<Theme, readonly string[]>();
  const lines =
    known.get(theme) ?? renderToString(<Screen state={state} theme={theme} />, { columns }).split("\n");
  drawn.set(state, known.set(theme, lines));
  return lines;
}

/** What holds a word that terminals measure differently in its cells, and the reset where a line is cut. */
export const ourAnchors = /\u001b\[(?:\d+G|\?7[lh]|0m)/g;

/** The screen as a terminal gets it. */
export function drawRaw(state: State, theme: Theme = dark): string[] {
  return drawMarked(state, theme).map(anchored);
}

/** The screen as a person reads it, without the blanks at the ends of lines. */
export function draw(state: State, theme: Theme = dark): string[] {
  return drawMarked(state, theme).map((line) => Bun.stripANSI(line).trimEnd());
}

/**
 * A screen for a snapshot: runs of empty lines are counted. The names of the views and the keys of commands become more,
 * and have tests of their own.
 */
export function picture(state: State, theme: Theme = dark): string {
  const lines = draw(state, theme).map((line, at, { length }) => {
    if (at === 1) return "─".repeat(line.length);
    return at === length - 1 && state.screen.overlay === null ? "(keys)" : line;
  });
  return `\n${lines.join("\n")}\n`.replace(/\n{4,}/g, (run) => `\n(${run.length - 1} empty lines)\n`);
}

/** Where a person is after opening a place from the fleet screen. */
export function at(place: Place, spot: Partial<Spot> = {}): Pick<ScreenState, "stack"> {
  return { stack: [spotAt({ kind: "fleet" }), { ...spotAt(place), ...spot }] };
}

export const activityOn = (node: string | null): Place => ({
  kind: "view",
  view: "activity",
  scope: node === null ? { kind: "all" } : { kind: "node", node },
});

const startedAt = badDay.samples["activity"]?.["orders-1"];
const victim = startedAt?.state === "ok" ? idText(rowId("orders-1", activity, startedAt.rows[0] ?? {})) : "";
export const victimRow: Place = { kind: "row", view: "activity", node: "orders-1", key: victim };

const [first] = at({ kind: "fleet" }).stack;
const wrongFilter = "nosuch>5";

/** Something that is asked on the connections screen. */
const asked = (size: Size, overlay: Overlay) =>
  stateOf(badDay, { ...size, ...at({ kind: "connections" }), connections: listed, overlay });

const { "billing-2": billing } = badDay.nodes;
const productionDay: Observed = billing
  ? { ...badDay, nodes: { ...badDay.nodes, "billing-2": { ...billing, production: true } } }
  : badDay;

/** A dialog over a place. */
function over(size: Size, place: Place, overlayOf: (state: State) => Overlay, day = badDay): State {
  const state = stateOf(day, { ...size, ...at(place) });
  return { ...state, screen: { ...state.screen, overlay: overlayOf(state) } };
}

/** The line of a cluster on the fleet screen. */
export const clusterKey = (name: string) => idText({ node: "", view: "fleet", key: `cluster\u0000${name}` });

/** The line of a node there. */
export const nodeKey = (name: string) => idText({ node: name, view: "fleet", key: `node\u0000${name}` });

const planned = (size: Size, entry: PlanEntry, more: Partial<ScreenState> = {}) =>
  stateOf(badDay, {
    ...size,
    ...at({ kind: "plan", view: "activity", node: "orders-1", id: entry.id }),
    plans: [entry],
    ...more,
  });

/** Every screen there is, by name, at a size. */
export const screens: Readonly<Record<string, (size: Size) => State>> = {
  fleet: (size) => stateOf(badDay, size),
  "fleet folded": (size) =>
    stateOf(badDay, { ...size, folded: new Set(["orders", "billing"].map((name) => clusterKey(name))) }),
  "fleet of twenty": (size) => stateOf(twentyNodes, size),
  "fleet filtered": (size) => stateOf(badDay, { ...size, stack: [{ ...first, filter: "standby !stale" }] }),
  "fleet without nodes": (size) => stateOf(observed([]), size),
  "activity of all nodes": (size) => stateOf(badDay, { ...size, ...at(activityOn(null)) }),
  "activity of one node": (size) => stateOf(badDay, { ...size, ...at(activityOn("orders-1")) }),
  "activity of a node that is down": (size) => stateOf(badDay, { ...size, ...at(activityOn("vault")) }),
  "hostile activity": (size) => stateOf(hostileDay, { ...size, ...at(activityOn(null)) }),
  node: (size) => stateOf(badDay, { ...size, ...at({ kind: "node", node: "orders-3" }) }),
  alerts: (size) =>
    stateOf(busyNode, {
      ...size,
      ...at({ kind: "view", view: "alerts", scope: { kind: "all" } }),
      quieted: new Map([
        ["shop-1\u0000oldest_transaction\u0000node\u0000a", { kind: "acknowledged", severity: "critical" }],
      ]),
    }),
  "busy node": (size) => stateOf(busyNode, { ...size, ...at({ kind: "node", node: "shop-1" }) }),
  "node that is down": (size) => stateOf(badDay, { ...size, ...at({ kind: "node", node: "vault" }) }),
  "node that is gone": (size) => stateOf(badDay, { ...size, ...at({ kind: "node", node: "removed" }) }),
  row: (size) => stateOf(badDay, { ...size, ...at(victimRow) }),
  "row that is gone": (size) =>
    stateOf(badDay, {
      ...size,
      ...at({ ...victimRow, key: idText({ node: "orders-1", view: "activity", key: "1\u00001" }) }),
    }),
  plan: (size) => planned(size, planEntry(aPlan)),
  "plan that is awaited": (size) => planned(size, planEntry(null)),
  "plan that is refused": (size) =>
    planned(size, planEntry({ kind: "refused", why: "it has parameters: EXPLAIN (GENERIC_PLAN) needs 16" })),
  "hostile plan": (size) => planned(size, hostilePlan),
  "question before a statement is planned": (size) =>
    planned(size, planEntry({ kind: "asks", planner: { role: "postgres", isSuperuser: true } }), {
      overlay: { kind: "explain", id: 1 },
    }),
  connections: (size) => stateOf(badDay, { ...size, ...at({ kind: "connections" }), connections: listed }),
  "hostile connections": (size) =>
    stateOf(hostileDay, { ...size, ...at({ kind: "connections" }), connections: hostileList }),
  "hostile connection form": (size) =>
    asked(size, { kind: "connection", form: hostileForm, test: failedTest }),
  "connection form": (size) => asked(size, { kind: "connection", form: emptyForm, test: null }),
  "connection form with a pasted string": (size) =>
    asked(size, { kind: "connection", form: pastedForm, test: goodTest }),
  "connection form with mistakes": (size) =>
    asked(size, { kind: "connection", form: wrongForm, test: failedTest }),
  "connection test": (size) => asked(size, { kind: "connection-test", node: "orders-1", test: goodTest }),
  "connection test that wants a passphrase": (size) =>
    asked(size, { kind: "connection-test", node: "orders-1", test: lockedTest }),
  "connection test that runs": (size) =>
    asked(size, {
      kind: "connection-test",
      node: "orders-1",
      test: { id: 1, outdated: false, state: "running", sinceMs: nowMs - 1200 },
    }),
  "question before a connection is deleted": (size) =>
    asked(size, { kind: "change", change: { act: "delete", target: { kind: "node", name: "orders-1" } } }),
  "question before a group is deleted": (size) =>
    asked(size, { kind: "change", change: { act: "delete", target: { kind: "group", name: "office" } } }),
  "question before a form is saved": (size) =>
    asked(size, { kind: "connection", form: { ...pastedForm, asks: "save" }, test: null }),
  "question before a connection is moved": (size) =>
    asked(size, { kind: "change", change: { act: "move", node: "orders-1", group: "office" } }),
  "question before a group is moved": (size) =>
    asked(size, { kind: "change", change: { act: "shift", group: "office", distance: -1 } }),
  "question before a session is terminated": (size) =>
    over(size, activityOn("orders-1"), (state) => asking(state, "terminate")),
  "question before a session on production is cancelled": (size) =>
    over(size, activityOn("billing-2"), (state) => asking(state, "cancel"), productionDay),
  "question before marked sessions are terminated": (size) =>
    over(size, activityOn(null), (state) => asking(allMarked(state), "terminate")),
  "question before a hostile session is terminated": (size) =>
    over(size, activityOn("trap"), (state) => asking(state, "terminate"), hostileDay),
  "outcome of one session": (size) =>
    over(size, activityOn("orders-1"), (state) => answered(state, "terminate")),
  "outcomes of marked sessions": (size) =>
    over(size, activityOn(null), (state) => answered(allMarked(state), "cancel")),
  "marked sessions": (size) => allMarked(stateOf(badDay, { ...size, ...at(activityOn(null)) })),
  "read-only": (size) => ({ ...stateOf(badDay, size), readOnlyBy: "switch" }),
  "group form": (size) =>
    asked(size, {
      kind: "connection",
      form: groupForm({ name: "shop", colour: "magenta", folded: true }),
      test: null,
    }),
  "group picker": (size) => asked(size, { kind: "group", node: "reports", text: "o", ranked: "o", index: 1 }),
  help: (size) => stateOf(badDay, { ...size, overlay: openHelp }),
  palette: (size) =>
    stateOf(badDay, { ...size, overlay: { kind: "palette", text: "ord", ranked: "ord", index: 0 } }),
  "palette without a match": (size) =>
    stateOf(badDay, { ...size, overlay: { kind: "palette", text: "zzz", ranked: "zzz", index: 0 } }),
  picker: (size) => stateOf(badDay, { ...size, overlay: { kind: "picker", text: "", ranked: "", index: 2 } }),
  "password prompt": (size) =>
    stateOf(badDay, {
      ...size,
      ...at({ kind: "node", node: "vault" }),
      overlay: { kind: "password", node: "vault", wanted: null, over: null, typed: new Secret("sésame") },
    }),
  "fleet behind a locked ssh key": (size) => stateOf(behindLockedKey, size),
  "prompt for the passphrase of an ssh key": (size) =>
    stateOf(behindLockedKey, {
      ...size,
      overlay: { kind: "password", node: "a", wanted: lockedKey, over: null, typed: new Secret("sésame") },
    }),
  "question of an unknown ssh host": (size) =>
    stateOf(behindBastion, { ...size, overlay: { kind: "host-key", host: bastion, over: null } }),
  "filter prompt": (size) =>
    stateOf(badDay, {
      ...size,
      ...at(activityOn(null), { filter: wrongFilter }),
      overlay: { kind: "filter", text: wrongFilter, before: "" },
    }),
  "filter that hides all": (size) =>
    stateOf(badDay, { ...size, ...at(activityOn("orders-1"), { filter: "zzz" }) }),
  "columns of activity": (size) =>
    stateOf(badDay, {
      ...size,
      ...at(activityOn(null)),
      overlay: { kind: "columns", view: "activity", index: 3, before: {} },
    }),
  notice: (size) => stateOf(badDay, { ...size, notice: "connect: it is connected" }),
  paused: (size) => ({ ...stateOf({ ...badDay, nowMs: nowMs + 12_000 }, size), frozen: badDay }),
};
