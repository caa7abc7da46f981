import { isAskedOf, neededToo } from "../../views/compared.ts";
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
  const more = neededToo(view);
  if (more.length === 0) return asked;
  const fleet = fleetSamples(state.observed, nodes);
  const where = more.map((one) => ({
    ...{ view: one.view, viewOptions },
    nodes: nodes.filter((node) => isAskedOf(one, fleet, node)),
  }));
  return [...asked, ...where.filter((one) => one.nodes.length > 0)];
}
