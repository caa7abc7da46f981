import { neededBy, type View, type ViewOptions } from "../../views/view.ts";
import { fleetSamples } from "../fleet-samples.ts";
import { nodesAsked } from "../selectors.ts";
import type { State } from "../store.ts";
import type { Wanted } from "../wanted.ts";

/** What is asked, and of which nodes, so that a view of these can be shown. */
export function wantedFor(
  state: State,
  view: View,
  names: readonly string[],
  viewOptions: ViewOptions,
): readonly Wanted[] {
  const nodes = nodesAsked(state, view, names);
  const asked = neededBy(view).map((needed) => ({ view: needed, nodes, viewOptions }));
  const more = view.kind === "concluded" ? view.needsToo : undefined;
  if (!more) return asked;
  const fleet = fleetSamples(state.observed, nodes);
  const some = nodes.filter((node) => more.holds(fleet, node));
  return some.length === 0 ? asked : [...asked, { view: more.view, nodes: some, viewOptions }];
}
