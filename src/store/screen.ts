import type { UnknownHost, WantedSecret } from "../postgres/node-error.ts";
import type { Secret } from "../text/secret.ts";
import type { Row } from "../views/row.ts";
import type { Samples } from "../views/sample.ts";
import type { PlanEntry } from "./actions/explain.ts";
import type { OperationOverlay } from "./actions/operation.ts";
import type { ActionOverlay } from "./actions/question.ts";
import type { RunningOperation } from "./actions/running.ts";
import type { SeveralOverlay } from "./actions/several.ts";
import type { ConnectionForm } from "./connection-form.ts";
import type { ConnectionTest } from "./connection-test.ts";
import type { ViewLook } from "./tables/looks.ts";

/** Which nodes a view shows. */
export type Scope =
  | { readonly kind: "all" }
  | { readonly kind: "cluster"; readonly cluster: string }
  | { readonly kind: "node"; readonly node: string }
  /** Those that a filter of the fleet showed, called by it. */
  | { readonly kind: "nodes"; readonly nodes: readonly string[]; readonly called: string };

export type Place =
  | { readonly kind: "fleet" }
  /** Every connection by group: where they are added, tested and changed. */
  | { readonly kind: "connections" }
  | { readonly kind: "node"; readonly node: string }
  | { readonly kind: "view"; readonly view: string; readonly scope: Scope }
  | { readonly kind: "row"; readonly view: string; readonly node: string; readonly key: string }
  /** What the numbers of one or two lines of a view were over the last minutes: `nodes` are those that a heading is of too. */
  | {
      readonly kind: "chart";
      readonly view: string;
      readonly keys: readonly [string, ...string[]];
      readonly nodes: readonly string[];
    }
  /** The plan of a statement that a row of a view shows; `id` is that of its entry. */
  | { readonly kind: "plan"; readonly view: string; readonly node: string; readonly id: number };

export type PlaceOf<K extends Place["kind"]> = Extract<Place, { readonly kind: K }>;

/** A place with where the person was in it; coming back finds it as it was left. */
export type Spot = {
  readonly place: Place;
  /** The row under the cursor by its key, so that it stays when rows move. */
  readonly cursor: string | null;
  /** The row that Enter was to lead to. While the cursor was not moved since, no other row takes its place. */
  readonly sought: string | null;
  /** Where that row was, for when it is gone. */
  readonly index: number;
  /** First row on screen. */
  readonly top: number;
  /** Columns scrolled away to the left. */
  readonly left: number;
  /** A column with "-" for falling order; null is the view's own. */
  readonly sortBy: string | null;
  readonly filter: string;
  /** The keys of marked rows: what is done with one row is done with all of them. */
  readonly marks: ReadonlySet<string>;
};

/** What counters are compared with: the answer before, those of a moment that the user marked, or nothing at all. */
export type Baseline =
  | { readonly kind: "previous" }
  /** The answers as they were then, and when that was: by our monotonic clock and by the wall clock. */
  | { readonly kind: "mark"; readonly samples: Samples; readonly nowMs: number; readonly clockMs: number }
  | { readonly kind: "totals" };

/** A line of the connections screen. */
export type ConnectionTarget = { readonly kind: "node" | "group"; readonly name: string };

/** What shows tests of connections. */
export type TestOverlay =
  | { readonly kind: "connection"; readonly form: ConnectionForm; readonly test: ConnectionTest | null }
  | { readonly kind: "connection-test"; readonly node: string; readonly test: ConnectionTest | null };

/** A change of the config file that waits for a yes. */
export type Change =
  | { readonly act: "delete"; readonly target: ConnectionTarget }
  | { readonly act: "move"; readonly node: string; readonly group: string | null }
  | { readonly act: "shift"; readonly group: string; readonly distance: -1 | 1 };

export type Overlay =
  /** The page is counted on: what fits on one depends on the terminal. */
  | HelpOverlay
  /** `kept` is the filter of the view that was kept last. */
  | { readonly kind: "filter"; readonly text: string; readonly before: string; readonly kept?: string }
  /** The columns of a view; `before` is how it was seen when they were opened. */
  | { readonly kind: "columns"; readonly view: string; readonly index: number; readonly before: ViewLook }
  /**
   * `wanted` is what a key or an ssh host asks for on the way to the node; null when its server asks for a password.
   * `over` is the test that could not go on without it.
   */
  | {
      readonly kind: "password";
      readonly node: string;
      readonly wanted: WantedSecret | null;
      readonly typed: Secret;
      readonly over: TestOverlay | null;
    }
  | { readonly kind: "host-key"; readonly host: UnknownHost; readonly over: TestOverlay | null }
  | TestOverlay
  | { readonly kind: "change"; readonly change: Change }
  /** Whether a production node is disconnected. */
  | { readonly kind: "disconnect"; readonly node: string }
  | ActionOverlay
  | OperationOverlay
  | SeveralOverlay
  /** Whether a statement is planned with our rights; `id` is that of its entry. */
  | { readonly kind: "explain"; readonly id: number }
  /** Whether the program ends while operations run. */
  | { readonly kind: "quit" }
  | (Choosing & { readonly kind: "group"; readonly node: string })
  /** What can be done to the row under the cursor and to its node, which `of` names. */
  | (Choosing & { readonly kind: "operations"; readonly of: string })
  | (Choosing & { readonly kind: "palette" })
  | (Choosing & { readonly kind: "picker" });

export type OverlayOf<K extends Overlay["kind"]> = Extract<Overlay, { readonly kind: K }>;

/** `filter` leaves of the lines those that it finds, and is being typed or kept. */
type HelpOverlay = {
  readonly kind: "help";
  readonly page: number;
  readonly filter: string;
  readonly isTyped: boolean;
};

export const openHelp: HelpOverlay = { kind: "help", page: 0, filter: "", isTyped: false };

/** A list that is chosen from. It is ranked by what stood there a moment ago, so that typing never waits for it. */
type Choosing = { readonly text: string; readonly ranked: string; readonly index: number };

/** A list before anything was typed. */
export const unfiltered: Choosing = { text: "", ranked: "", index: 0 };

/** A node that a key connected or disconnected. */
export type ConnectionStep = { readonly node: string; readonly did: "connect" | "disconnect" };

/** Drill-down: the last spot is on screen, Esc goes back to the one before. Never empty. */
export type Stack = readonly [Spot, ...Spot[]];

export type ScreenState = {
  readonly columns: number;
  readonly rows: number;
  readonly stack: Stack;
  /** Where the user was before, the last of it last, and where the user came back from, the next of it first. */
  readonly history: { readonly past: readonly Stack[]; readonly future: readonly Stack[] };
  readonly overlay: Overlay | null;
  /** Operations that servers have not answered yet, the oldest first, whether their dialogs are open or not. */
  readonly running: readonly RunningOperation[];
  /** Plans that were asked for, the newest last. */
  readonly plans: readonly PlanEntry[];
  /** The row on screen as it was last seen, and when (monotonic milliseconds), for when it is gone. */
  readonly lastRow: { readonly key: string; readonly row: Row; readonly seenMs: number } | null;
  /** Lines by their keys, such as clusters, that were folded; or unfolded, in a view that is folded at the start. */
  readonly folded: ReadonlySet<string>;
  /** The same for groups of the connections screen. */
  readonly foldedGroups: ReadonlySet<string>;
  /** Idle and background sessions are shown too. */
  readonly idle: boolean;
  readonly refreshMs: number;
  readonly baseline: Baseline;
  /** What keys did to connections and can be undone, the newest last. */
  readonly undo: readonly ConnectionStep[];
  /** One line for the person: why a key did nothing, what just happened. */
  readonly notice: string | null;
};

export function spotAt(place: Place): Spot {
  return {
    place,
    cursor: null,
    sought: null,
    index: 0,
    top: 0,
    left: 0,
    sortBy: null,
    filter: "",
    marks: new Set(),
  };
}

export function startScreen(columns: number, rows: number, refreshMs: number): ScreenState {
  return {
    columns,
    rows,
    stack: [spotAt({ kind: "fleet" })],
    history: { past: [], future: [] },
    overlay: null,
    running: [],
    plans: [],
    lastRow: null,
    folded: new Set(),
    foldedGroups: new Set(),
    idle: false,
    refreshMs,
    baseline: { kind: "previous" },
    undo: [],
    notice: null,
  };
}

/** Whether what Enter was to lead to is not among these lines. */
export function isMissed({ sought, cursor }: Spot, keys: readonly string[]): boolean {
  return sought !== null && cursor === sought && !keys.includes(sought);
}

export function currentSpot(screen: ScreenState): Spot {
  return screen.stack.at(-1) ?? screen.stack[0];
}

export function isPlace<K extends Place["kind"]>(place: Place, kind: K): place is PlaceOf<K> {
  return place.kind === kind;
}

/** The place on screen if it is of that kind, else null: for what belongs to one screen. */
export function placeIf<K extends Place["kind"]>(screen: ScreenState, kind: K): PlaceOf<K> | null {
  const { place } = currentSpot(screen);
  return isPlace(place, kind) ? place : null;
}

/** The overlay that is open if it is of that kind, else null. */
export function overlayIf<K extends Overlay["kind"]>({ overlay }: ScreenState, kind: K): OverlayOf<K> | null {
  const isIt = (one: Overlay | null): one is OverlayOf<K> => one?.kind === kind;
  return isIt(overlay) ? overlay : null;
}

/** The screen without what is open over it. */
export function closed(screen: ScreenState): ScreenState {
  return screen.overlay === null ? screen : { ...screen, overlay: null };
}

/** The screen with its current spot changed. */
export function withSpot(screen: ScreenState, change: Partial<Spot>): ScreenState {
  const [first, ...rest] = screen.stack;
  const last = rest.pop();
  if (!last) return { ...screen, stack: [{ ...first, ...change }] };
  return { ...screen, stack: [first, ...rest, { ...last, ...change }] };
}

/** The first screen, as it was left. */
export function home(screen: ScreenState): ScreenState {
  return { ...screen, stack: [screen.stack[0]] };
}

/** One step deeper. */
export function open(screen: ScreenState, place: Place): ScreenState {
  const [first, ...rest] = screen.stack;
  return { ...screen, stack: [first, ...rest, spotAt(place)] };
}

/** One step back; the first screen has none. */
export function back(screen: ScreenState): ScreenState {
  const [first, ...rest] = screen.stack;
  rest.pop();
  return { ...screen, stack: [first, ...rest] };
}

/** Another place in the same spot: sorting and filter stay, the cursor starts at the top. Home is never there twice. */
export function withPlace(screen: ScreenState, place: Place): ScreenState {
  if (place.kind === screen.stack[0].place.kind) return home(screen);
  return withSpot(screen, { place, cursor: null, index: 0, top: 0 });
}

/** Puts another place where the current one is. */
export function replace(screen: ScreenState, place: Place): ScreenState {
  return screen.stack.length === 1 ? open(screen, place) : open(back(screen), place);
}
