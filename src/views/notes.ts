import { grantMonitor } from "../postgres/rights.ts";
import type { ServerFacts } from "../postgres/server.ts";
import type { Row, View } from "./view.ts";

/**
 * What the rows of a view leave out on a server, and why, whatever their number; empty when they are complete.
 * `seesAll` is the newest that is known of the right, where that is newer than the facts.
 */
export function notesOn(
  view: View,
  rows: readonly Row[],
  facts: ServerFacts,
  seesAll = facts.readsAllStats,
): string[] {
  const rights = view.withoutAllStats && !seesAll ? [`${view.withoutAllStats}: ${grantMonitor(facts)}`] : [];
  return [...rights, ...(view.unknownIn?.(rows) ?? [])];
}
