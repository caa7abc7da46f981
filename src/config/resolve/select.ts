import { nearest } from "../../text/nearest.ts";
import { nameList, type Problem, printable } from "../error.ts";
import type { Environment } from "../interpolate.ts";
import type { Flags, NodeSettings } from "../settings.ts";
import { variableFor } from "../variables.ts";
import type { FileCluster } from "./clusters.ts";

/** What is chosen: `clusters` are the names of those that are shown, null for all. */
type Selected = { readonly nodes: readonly NodeSettings[]; readonly clusters: readonly string[] | null };

/** What there is to choose from; more nodes may be found in the groups that discovered ones are in. */
type Fleet = {
  readonly nodes: readonly NodeSettings[];
  readonly clusters: readonly FileCluster[];
  readonly discoveredGroups: readonly string[];
};

/** The nodes to show: those of --cluster and --group; without either, of the default clusters; else all. */
export function selectNodes(
  { nodes, clusters, discoveredGroups }: Fleet,
  flags: Flags,
  environment: Environment,
  problems: Problem[],
): Selected {
  const cluster = chosen("cluster", flags, environment);
  const group = chosen("group", flags, environment);
  const groups = [...new Set([...nodes.flatMap((node) => node.group ?? []), ...discoveredGroups])];
  const clusterNames = clusters.map(({ name }) => name);
  const known = [check(cluster, clusterNames, "cluster", problems), check(group, groups, "group", problems)];
  if (known.includes(false)) return { nodes: [], clusters: [] };
  const defaults = clusters.filter(({ isDefault }) => isDefault).map(({ name }) => name);
  const shown = cluster ? [cluster.name] : group || defaults.length === 0 ? null : defaults;
  const selected = nodes.filter(
    (node) =>
      (shown === null || (node.cluster !== null && shown.includes(node.cluster))) &&
      (group === null || node.group === group.name),
  );
  const mayBeFound = group !== null && discoveredGroups.includes(group.name);
  if (selected.length === 0 && nodes.length > 0 && cluster && group && !mayBeFound) {
    const fix = `Leave out ${cluster.where} or ${group.where}.`;
    problems.push({
      where: group.where,
      option: "",
      expected: `a group with nodes of cluster ${nameList([cluster.name])}`,
      found: "none",
      fix,
    });
  }
  return { nodes: selected, clusters: shown };
}

type Choice = { readonly name: string; readonly where: string };

/** What --cluster or --group, or the variable for it, says; null when nothing does. */
export function chosen(what: "cluster" | "group", flags: Flags, environment: Environment): Choice | null {
  const flag = flags[what];
  if (flag !== undefined) return { name: flag, where: `--${what}` };
  const where = variableFor(what);
  const name = environment[where];
  return name ? { name, where } : null;
}

function check(choice: Choice | null, known: readonly string[], what: string, problems: Problem[]): boolean {
  if (choice === null || known.includes(choice.name)) return true;
  const meant = nearest(choice.name, known);
  problems.push({
    where: choice.where,
    option: "",
    expected: known.length > 0 ? `one of ${nameList(known)}` : `a ${what} of the config file, which has none`,
    // On the command line it may be something else in the wrong place, such as a password.
    found:
      choice.where.startsWith("--") && choice.name ? "another name" : printable(choice.name) || "nothing",
    fix: meant === null ? `Name a ${what} that the config file has.` : `Did you mean ${nameList([meant])}?`,
  });
  return false;
}
