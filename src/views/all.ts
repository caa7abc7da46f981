import { activity } from "./activity.ts";
import { databases } from "./databases.ts";
import { fleet } from "./fleet.ts";
import { replication } from "./replication.ts";
import type { View } from "./view.ts";

/** Every statistics view, in tab order. */
export const views: readonly View[] = [fleet, activity, replication, databases];

export function viewNamed(name: string): View | undefined {
  return views.find((view) => view.name === name);
}
