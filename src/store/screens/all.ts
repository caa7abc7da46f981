import type { Place } from "../screen.ts";
import { connections } from "./connections.ts";
import { fleet } from "./fleet.ts";
import { node } from "./node.ts";
import { chart, plan, row } from "./row.ts";
import type { Screen } from "./screen-of.ts";
import { view } from "./view.ts";

/** Every screen there is. A kind of place without one is a type error here. */
export const screens: { readonly [K in Place["kind"]]: Screen<K> } = {
  ...{ fleet, connections, node, view, row, chart, plan },
};
