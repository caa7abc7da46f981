import type { FileValues } from "../schema.ts";
import type { GroupSettings, NodeSettings } from "../settings.ts";

/** The groups in the order of the screen: those that the file declares, in its order, then the others that nodes name. */
export function fileGroups(
  { groups = {} }: Pick<FileValues, "groups">,
  nodes: readonly NodeSettings[],
): readonly GroupSettings[] {
  const named = new Set([...Object.keys(groups), ...nodes.flatMap(({ group }) => group ?? [])]);
  return Array.from(named, (name) => ({
    name,
    colour: groups[name]?.colour ?? null,
    folded: groups[name]?.folded ?? false,
  }));
}
