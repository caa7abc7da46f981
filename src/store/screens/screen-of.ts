import type { RowId } from "../../views/row-id.ts";
import { perState } from "../remembered.ts";
import { currentSpot, type Place, type Scope } from "../screen.ts";
import { cursorIndex } from "../selectors.ts";
import type { State } from "../store.ts";
import type { Wanted } from "../wanted.ts";

/** What a line is about. Commands that need a node or a row are off where there is none. */
export type Subject = {
  /** The one node that the line is of; null for a heading, and where there is no line. */
  readonly node: string | null;
  /** Every node that the line stands for: a cluster's heading stands for the nodes below it. */
  readonly nodes: readonly string[];
  /** The row that an action is meant for. */
  readonly row: RowId | null;
  /** The nodes of a view that its key opens from here. */
  readonly scope: Scope;
};

export const noSubject: Subject = { node: null, nodes: [], row: null, scope: { kind: "all" } };

/** A line of one node, or a place that is about one. */
export function ofNode(node: string, more: Partial<Pick<Subject, "row" | "scope">> = {}): Subject {
  return { node, nodes: [node], row: null, scope: { kind: "node", node }, ...more };
}

/** What Enter does: it goes to a place, or folds and unfolds what is below a heading. */
export type Opening =
  | {
      readonly to: Place;
      /** The line that the cursor goes to there, as soon as it is known. */
      readonly cursor?: string;
      /** The filter that it has there. */
      readonly filter?: string;
    }
  | { readonly fold: "folded" | "foldedGroups"; readonly name: string };

/**
 * A screen as a record: everything that keys, header, collector and history ask of a place. How it is drawn is said in
 * components/screens/all.ts. `line` is the one under the cursor, undefined where there is none.
 */
export type ScreenOf<P extends Place, Line extends { readonly key: string }> = {
  readonly kind: P["kind"];
  /** Its lines take a filter. */
  readonly filters: boolean;
  /** What the cursor moves over. Computed once for a state. */
  readonly lines: (state: State, place: P) => readonly Line[];
  readonly subject: (place: P, line: Line | undefined, state: State) => Subject;
  readonly opens: (place: P, line: Line | undefined) => Opening | null;
  /** The views that are asked for beyond the pulse. */
  readonly wants: (state: State, place: P) => readonly Wanted[];
  /** Where it is, the widest first: names as they came, not yet safe to draw. */
  readonly crumbs: (state: State, place: P) => readonly string[];
  /** The nodes that it is about; null where they are those of the lines near the cursor. */
  readonly nodes: (state: State, place: P) => readonly string[] | null;
  /** The view that it shows; null where it shows none. */
  readonly view: (place: P) => string | null;
  /** Which nodes it shows, and the next view too. */
  readonly scope: (state: State, place: P) => Scope;
  /** The same for other nodes; null where there is no such place. */
  readonly over: (place: P, scope: Scope) => Place | null;
};

/** A screen with its place and its kind of line closed over. It may be asked only while it is on screen. */
export type Screen<K extends Place["kind"] = Place["kind"]> = {
  readonly kind: K;
  readonly filters: boolean;
  readonly keys: (state: State) => readonly string[];
  readonly subject: (state: State) => Subject;
  /** The subjects of some lines, by their index. */
  readonly subjects: (state: State, from: number, to: number) => readonly Subject[];
  readonly opens: (state: State) => Opening | null;
  readonly wants: (state: State) => readonly Wanted[];
  readonly crumbs: (state: State) => readonly string[];
  readonly nodes: (state: State) => readonly string[] | null;
  readonly view: (state: State) => string | null;
  readonly scope: (state: State) => Scope;
  readonly over: (state: State, scope: Scope) => Place | null;
};

/** Declares a screen. */
export function defineScreen<P extends Place, Line extends { readonly key: string }>(
  of: ScreenOf<P, Line>,
): Screen<P["kind"]> {
  const isHere = (place: Place): place is P => place.kind === of.kind;
  const place = (state: State): P => {
    const here = currentSpot(state.screen).place;
    if (!isHere(here)) throw new Error(`${of.kind} is asked while ${here.kind} is on screen`);
    return here;
  };
  const lines = perState((state) => of.lines(state, place(state)));
  // Lines that are the same in several states, such as those of a table under a moving cursor, have the same keys.
  const known = new WeakMap<readonly Line[], readonly string[]>();
  const keys = (state: State) => {
    const some = lines(state);
    const found = known.get(some) ?? some.map(({ key }) => key);
    known.set(some, found);
    return found;
  };
  const line = (state: State) => lines(state)[cursorIndex(currentSpot(state.screen), keys(state))];
  return {
    kind: of.kind,
    filters: of.filters,
    keys,
    subject: perState((state) => of.subject(place(state), line(state), state)),
    subjects: (state, from, to) =>
      lines(state)
        .slice(from, to)
        .map((one) => of.subject(place(state), one, state)),
    opens: (state) => of.opens(place(state), line(state)),
    wants: (state) => of.wants(state, place(state)),
    crumbs: (state) => of.crumbs(state, place(state)),
    nodes: (state) => of.nodes(state, place(state)),
    view: (state) => of.view(place(state)),
    scope: (state) => of.scope(state, place(state)),
    over: (state, scope) => of.over(place(state), scope),
  };
}
