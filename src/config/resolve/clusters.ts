import { nearest } from "../../text/nearest.ts";
import { nameList, optionName, type Problem } from "../error.ts";
import type { ConfigFile } from "../file/file.ts";
import type { ClusterSettings } from "../settings.ts";
import type { Entry } from "./nodes.ts";

export type FileCluster = ClusterSettings & { readonly isDefault: boolean };

/** The clusters of the file; every node they name must exist and be in one of them only. */
export function fileClusters(
  { values, where, nodeNames: known }: Pick<ConfigFile, "values" | "where" | "nodeNames">,
  problems: Problem[],
): readonly FileCluster[] {
  const clusterOf = new Map<string, string>();
  return Object.entries(values.clusters ?? {}).map(([name, cluster]) => {
    const path = ["clusters", name, "nodes"];
    const { nodes } = cluster;
    const refuse = (at: readonly PropertyKey[], expected: string, found: string, fix: string) =>
      problems.push({ where: where(at), option: optionName(at), expected, found, fix });
    if (!cluster.discover && nodes === undefined)
      refuse(path, "a list of node names", "nothing", "For example: nodes: [db1, db2].");
    else if (!cluster.discover && nodes?.length === 0)
      refuse(path, "at least one node", "an empty list", "Name its nodes, or remove the cluster.");
    for (const [index, node] of (nodes ?? []).entries()) {
      const other = clusterOf.get(node);
      const at = [...path, index];
      if (!known.includes(node)) {
        const meant = nearest(node, known);
        const fix =
          meant === null ? `Known: ${nameList(known) || "none"}.` : `Did you mean ${nameList([meant])}?`;
        refuse(at, "the name of a node", optionName([node]), fix);
      } else if (other !== undefined)
        refuse(
          at,
          "a node that is in no other place",
          `${optionName([node])}, listed in ${nameList([other])} already`,
          "Remove one.",
        );
      clusterOf.set(node, name);
    }
    return {
      name,
      colour: cluster.colour ?? null,
      production: cluster.production ?? false,
      nodes: nodes ?? [],
      isDefault: cluster.default ?? false,
    };
  });
}

/**
 * The clusters with what strings of several hosts make: their nodes stand where the string's name does, or are a
 * cluster of that name.
 */
export function withHostClusters(
  clusters: readonly FileCluster[],
  entries: readonly Entry[],
  { where }: Pick<ConfigFile, "where">,
  problems: Problem[],
): readonly FileCluster[] {
  const several = new Map(
    entries.flatMap(({ name, servers }) => (servers.size > 1 ? [[name, [...servers.keys()]]] : [])),
  );
  const names = entries.flatMap(({ servers }) => [...servers.keys()]);
  for (const [name, nodes] of several) {
    const twice = nodes.find((node) => names.indexOf(node) !== names.lastIndexOf(node));
    const taken = clusters.some((cluster) => cluster.name === name && !cluster.nodes.includes(name));
    const found = twice ? `another node ${optionName([twice])}` : taken && "another cluster of its name";
    if (found)
      problems.push({
        where: where(["nodes", name]),
        option: optionName(["nodes", name]),
        expected: "a name of its own for several hosts",
        found,
        fix: "Rename one of the two.",
      });
  }
  const listed = clusters.flatMap(({ nodes }) => nodes);
  const made = [...several].filter(([name]) => !listed.includes(name));
  return [
    ...clusters.map((cluster) => ({
      ...cluster,
      nodes: cluster.nodes.flatMap((name) => several.get(name) ?? [name]),
    })),
    ...made.map(([name, nodes]) => ({ name, colour: null, production: false, nodes, isDefault: false })),
  ];
}
