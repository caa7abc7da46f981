import { createStore, type StoreApi } from "zustand/vanilla";
import type { ReadOnlyBy } from "../stats/action-level.ts";
import type { Pace } from "../stats/demand.ts";
import type { FleetEvent } from "../stats/events.ts";
import { noRowHistory, type RowHistory } from "../stats/history.ts";
import type { Quieted } from "../stats/quiet.ts";
import type { OkSample, Samples } from "../views/sample.ts";
import { type Connections, noConnections } from "./connections.ts";
import { withHistory } from "./history.ts";
import type { ClusterEntry, NodeEntry } from "./nodes.ts";
import { type Baseline, type ScreenState, startScreen } from "./screen.ts";
import type { Looks, ViewLook } from "./tables/looks.ts";

/** What was seen of the servers, by one round of polls. */
export type Observed = {
  /** The moment of the newest round, monotonic milliseconds: every age on screen is measured from it. */
  readonly nowMs: number;
  /** The same moment by the wall clock. */
  readonly clockMs: number;
  readonly nodes: Readonly<Record<string, NodeEntry>>;
  readonly clusters: readonly ClusterEntry[];
  readonly samples: Samples;
  /** The answers before the newest, by view and node: what counters are compared with. */
  readonly earlier: Readonly<Record<string, Readonly<Record<string, OkSample>>>>;
  /** What happened since the program was started, oldest first. */
  readonly events: readonly FleetEvent[];
  /** What the numbers of rows were before. */
  readonly history: RowHistory;
  /** How far views are slowed down, by view and node; those that keep their cadence have no entry. */
  readonly paces: Readonly<Record<string, Readonly<Record<string, Pace>>>>;
  /** What the screen compares counters with, where that is not the answer before. */
  readonly baseline?: Exclude<Baseline, { readonly kind: "previous" }>;
};

export type State = {
  readonly observed: Observed;
  /** What the screen stands still at while paused; polling goes on behind it. */
  readonly frozen: Observed | null;
  /** Alerts that the user snoozed or acknowledged. */
  readonly quieted: Quieted;
  readonly screen: ScreenState;
  readonly connections: Connections;
  /** How the user wants to see views: those that are as they come have no entry. */
  readonly looks: Looks;
  /** When servers answered last in earlier runs, by address and ssh host: milliseconds of the wall clock. */
  readonly earlierAnswers: Readonly<Record<string, number>>;
  readonly title: string;
  /** Why the config file as it stands now is not applied; null when it is. */
  readonly configProblem: string | null;
  /** Which sources of members fail, and why; null while all answer. */
  readonly discoveryProblem: string | null;
  /** What takes all actions on servers away; null when nothing does. */
  readonly readOnlyBy: ReadOnlyBy | null;
};

export type Store = StoreApi<State>;

export const nothingObserved: Observed = {
  nowMs: 0,
  clockMs: 0,
  nodes: {},
  clusters: [],
  samples: {},
  earlier: {},
  events: [],
  paces: {},
  history: noRowHistory,
};

/** The one store. Services write `observed`, commands write `screen`, components read. */
export function openStore(options: {
  readonly columns: number;
  readonly rows: number;
  readonly refreshMs: number;
  readonly title: string;
  readonly readOnlyBy?: ReadOnlyBy | null;
}): Store {
  return createStore<State>(() => ({
    observed: nothingObserved,
    frozen: null,
    quieted: new Map(),
    screen: startScreen(options.columns, options.rows, options.refreshMs),
    connections: noConnections,
    looks: {},
    earlierAnswers: {},
    title: options.title,
    configProblem: null,
    discoveryProblem: null,
    readOnlyBy: options.readOnlyBy ?? null,
  }));
}

/** Changes what happened by a pure step; what was observed stays the same object where nothing did. */
export function updateEvents(
  store: Store,
  step: (events: readonly FleetEvent[]) => readonly FleetEvent[],
): void {
  const { observed } = store.getState();
  const events = step(observed.events);
  if (events !== observed.events) store.setState({ observed: { ...observed, events } });
}

/** Changes the screen by a pure step. A place that the step leaves is remembered. */
export function updateScreen(store: Store, step: (screen: ScreenState) => ScreenState): void {
  const { screen } = store.getState();
  const next = withHistory(screen, step(screen));
  if (next !== screen) store.setState({ screen: next });
}

/** Changes how the user wants to see a view by a pure step. */
export function updateLook(store: Store, view: string, step: (look: ViewLook) => ViewLook): void {
  const { [view]: before, ...others } = store.getState().looks;
  const next = step(before ?? {});
  if (next === before) return;
  store.setState({ looks: Object.keys(next).length === 0 ? others : { ...others, [view]: next } });
}
