import { isUp } from "../../stats/health.ts";
import { activity } from "../../views/backends/activity.ts";
import { locks } from "../../views/backends/locks.ts";
import { alerts } from "../../views/server/alerts.ts";
import { neededBy, type Row, type View } from "../../views/view.ts";
import type { NodeEntry } from "../nodes.ts";
import { leastLines, urgentLines } from "../panels.ts";
import { shown } from "../selectors.ts";
import type { State } from "../store.ts";
import type { Wanted } from "../wanted.ts";

/** What the fleet shows of a view below its nodes, and of which nodes: those that have something to show. */
export type FleetPanel = {
  readonly view: View;
  readonly title: string;
  readonly least: number;
  readonly nodes: readonly string[];
  /** Nodes whose pulse cannot say whether they have, and why, in words. */
  readonly unknown: readonly { readonly node: NodeEntry; readonly why: string }[];
  /** Which of the view's rows are worth a line here. */
  readonly keeps: (row: Row) => boolean;
};

/** From this age on, in seconds, a transaction is worth a question of its own. */
const longTransaction = 30;

/** The most important first. The pulse says which nodes have anything, so that no other is asked. */
export function fleetPanels(state: State, names: readonly string[]): readonly FleetPanel[] {
  const { nodes } = shown(state);
  const withPulse = (has: (pulse: NonNullable<NodeEntry["pulse"]>) => boolean) =>
    names.filter((name) => {
      const node = nodes[name];
      return node?.pulse != null && isUp(node.health) && has(node.pulse);
    });
  const unseen = withPulse(({ blocked }) => blocked === null).flatMap((name) => {
    const node = nodes[name];
    const why = node?.unknowns.find(({ kind }) => kind === "sessions")?.reason;
    return node && why !== undefined ? [{ node, why }] : [];
  });
  return [
    {
      view: alerts,
      title: "Alerts",
      least: urgentLines,
      nodes: names.filter((name) => (nodes[name]?.alerts.length ?? 0) > 0),
      unknown: [],
      keeps: ({ quiet }: Row) => quiet === null,
    },
    {
      view: activity,
      title: "Longest transactions",
      least: leastLines,
      nodes: withPulse(({ oldest_transaction: age }) => age !== null && age >= longTransaction),
      // It is the same that is unknown of the locks, which say it for both.
      unknown: [],
      keeps: ({ xact_seconds: age }: Row) => Number(age) >= longTransaction,
    },
    {
      view: locks,
      title: "Who blocks whom",
      least: leastLines,
      nodes: withPulse(({ blocked }) => blocked !== null && blocked > 0),
      unknown: unseen,
      keeps: () => true,
    },
  ].filter(({ nodes: some, unknown }) => some.length + unknown.length > 0);
}

/** What is asked for panels in `room` lines: nothing for one that has no room. */
export function fleetWants(state: State, names: readonly string[], room: number): readonly Wanted[] {
  const { idle } = state.screen;
  let rest = room;
  return fleetPanels(state, names).flatMap(({ view, nodes, least }) => {
    if (nodes.length === 0 || rest < least) return [];
    rest -= least;
    return neededBy(view).map((needed) => ({ view: needed, nodes, viewOptions: { idle, wholeText: false } }));
  });
}
