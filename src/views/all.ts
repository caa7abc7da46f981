import { activity } from "./backends/activity.ts";
import { replication } from "./replication/replication.ts";
import { events } from "./server/events.ts";
import { fleet } from "./server/fleet.ts";
import { databases } from "./storage/databases.ts";
import type { AskedView, View } from "./view.ts";

/** Every statistics view, in tab order. */
export const views: readonly View[] = [fleet, activity, replication, databases, events];

/** Those that servers are asked for. */
export const askedViews: readonly AskedView[] = views.filter((view) => view.kind === "asked");

export function viewNamed(name: string): View | undefined {
  return views.find((view) => view.name === name);
}
