import type { FileRead } from "../files/plain-file.ts";
import { environmentParameters } from "../postgres/conninfo/conninfo.ts";
import type { Own } from "./custom/resolve.ts";
import { ConfigError, type Problem } from "./error.ts";
import type { UnsavedFile } from "./file/document.ts";
import type { ConfigFile } from "./file/file.ts";
import { checkPrivacy } from "./file/privacy.ts";
import type { Environment } from "./interpolate.ts";
import { locateFile } from "./locate.ts";
import { programSettings } from "./program.ts";
import { type ReadFile, readNow } from "./reading.ts";
import { fileClusters, withHostClusters } from "./resolve/clusters.ts";
import type { Discovered, Found } from "./resolve/discovered.ts";
import { fileGroups } from "./resolve/groups.ts";
import { localSystem } from "./resolve/local-system.ts";
import { type Entry, entryNodes, fileEntries, type Ground } from "./resolve/nodes.ts";
import { chosen, selectNodes } from "./resolve/select.ts";
import { targetEntries } from "./resolve/targets.ts";
import type { ClusterSettings, Flags, NodeSettings, Settings } from "./settings.ts";
import { misspelt } from "./variables.ts";

export type { Flags, Settings } from "./settings.ts";

export type Loaded =
  | {
      readonly ok: true;
      readonly settings: Settings;
      /** All that there is, also what is not to be watched now, and where it comes from. */
      readonly fleet: { readonly entries: readonly Entry[]; readonly nodes: readonly NodeSettings[] };
    }
  | { readonly ok: false; readonly error: ConfigError };

/**
 * Finds, reads and checks the configuration: flags beat PGPARADE_ variables, which beat the file, which beats
 * the defaults. `targets` are connection strings to watch instead of the file's nodes; with neither, the
 * server that psql would reach is watched, unless a file says that there is no node yet. Every problem is told at once. Throws only for a bug.
 * @param variables the environment, usually process.env
 * @param unsaved what the file would hold: nothing is read from the disk for it
 * @param read gives the files: the config and libpq's service files
 * @param found what the sources of discovered clusters list
 */
export function loadSettings(
  flags: Flags,
  targets: readonly string[],
  variables: Environment,
  unsaved: UnsavedFile | null = null,
  read: ReadFile = readNow,
  found: Found = new Map(),
): Loaded {
  // Each look into process.env is a call into the runtime, and every node takes a hundred of them.
  const environment: Environment = { ...variables };
  const problems: Problem[] = [];
  const name = unsaved?.path ?? locateFile(flags, environment, read);
  const source = name === null ? null : (unsaved ?? read(name));
  const file = name === null || source === null ? noFile : checkedFile(name, environment, source);
  problems.push(...file.problems);
  const warnings: string[] = [];
  if (name !== null) warnings.push(...checkPrivacy(name, file, problems));
  const own = ownIn(file, problems);
  const program = programSettings(flags, environment, file.values, problems);

  const system = localSystem(environment);
  const fromEnvironment = environmentParameters(environment);
  const declared = fileClusters(file, problems);
  const membersOf = (clusters: readonly ClusterSettings[]) =>
    new Map(clusters.map(({ name, nodes }) => [name, nodes]));
  const customRules = own.rules({ clusters: membersOf(declared), nodes: null });
  const ground: Ground = {
    ...{ file, environment, fromEnvironment, read, system, problems, warnings, customRules },
  };
  warnings.push(...misspelt(environment, customRules));
  const discovery = discoveryIn(file);
  const sources = discovery?.discoverySources(ground) ?? [];
  const isDiscovered = sources.length > 0;
  const namesNone = name !== null && !isDiscovered && isEmptyFleet(file);
  const adHoc = targets.length > 0 || (file.nodeNames.length === 0 && !namesNone && !isDiscovered);
  if (namesNone && !adHoc) warnings.push(`${name} names no nodes`);
  // Beside a TARGET the file's own nodes are only checked.
  const listed = fileEntries(ground);
  const listedClusters = withHostClusters(declared, listed, file, problems);
  const listedNodes = entryNodes(listed, listedClusters, ground);
  const names = [...file.nodeNames, ...listedNodes.map((node) => node.name)];
  const written = { names, nodes: listedNodes, clusters: listedClusters };
  const none: Discovered = {
    ...{ entries: [], nodes: [], clusters: listedClusters, members: [], leftOut: [], groups: [] },
  };
  const discovered = discovery?.withDiscovered(adHoc ? new Map() : found, written, ground) ?? none;
  const entries = adHoc ? targetEntries(targets, ground) : [...listed, ...discovered.entries];
  const clusters = adHoc ? withHostClusters([], entries, file, problems) : discovered.clusters;
  const all = adHoc ? entryNodes(entries, clusters, ground) : [...listedNodes, ...discovered.nodes];
  const known = [...new Set([...names, ...discovered.nodes.map((node) => node.name)])];
  const rules = own.rules({ clusters: membersOf(discovered.clusters), nodes: known });
  const fleet = { nodes: all, clusters, discoveredGroups: discovered.groups };
  let selected: ReturnType<typeof selectNodes> = { nodes: all, clusters: adHoc ? [] : null };
  if (!adHoc && problems.length === 0) selected = selectNodes(fleet, flags, environment, problems);
  else if (adHoc) refuseChoice(flags, problems);
  const { nodes } = selected;

  const unique = problems.filter(
    (problem, index) => index === problems.findIndex((other) => same(problem, other)),
  );
  if (unique.length > 0) return { ok: false, error: new ConfigError(unique.toSorted(byPlace)) };
  const shown = new Set(nodes.map((node) => node.name));
  const settings = {
    file: name,
    ...program,
    nodes,
    fileNodes: listedNodes.map((node) => node.name),
    fileEntries: file.nodeNames,
    clusters: clusters
      .map(({ name, colour, production, nodes }) => ({
        name,
        colour,
        production,
        nodes: nodes.filter((node) => shown.has(node)),
      }))
      .filter((cluster) => cluster.nodes.length > 0),
    groups: fileGroups(file.values, all),
    ...{ views: own.views, rules },
    sources: sources.filter(({ cluster }) => selected.clusters?.includes(cluster) ?? true),
    members: discovered.members.filter(({ node }) => shown.has(node)),
    leftOut: discovered.leftOut,
    warnings: [...new Set(warnings)],
  };
  return { ok: true, settings, fleet: { entries, nodes: all } };
}

/** Whether a file is there to be filled with nodes: all of it or its `nodes` is empty. One with a theme alone is not. */
function isEmptyFleet({ values, nodeNames }: ConfigFile): boolean {
  return nodeNames.length === 0 && (values.nodes !== undefined || Object.keys(values).length === 0);
}

function byPlace(one: Problem, other: Problem): number {
  return one.where.localeCompare(other.where, "en", { numeric: true });
}

function same(one: Problem, other: Problem): boolean {
  return one.where === other.where && one.option === other.option && one.expected === other.expected;
}

const noFile: ConfigFile = {
  values: {},
  custom: null,
  nodeNames: [],
  problems: [],
  mode: 0o600,
  where: () => "environment",
  place: () => undefined,
};

/** The parser and the schema cost 30 ms, so they are loaded only when there is a file. */
function checkedFile(name: string, environment: Environment, source: FileRead | UnsavedFile): ConfigFile {
  const { readConfigFile }: typeof import("./file/file.ts") = require("./file/file.ts");
  return readConfigFile(name, environment, source);
}

/** Most files have no views and rules of their own. */
function ownIn(file: ConfigFile, problems: Problem[]): Own {
  if (file.custom === null) return { views: [], rules: () => [] };
  const { ownOf }: typeof import("./custom/resolve.ts") = require("./custom/resolve.ts");
  return ownOf(file.custom, file, problems);
}

/** Most files have no source of members. */
function discoveryIn({ values }: ConfigFile) {
  if (!Object.values(values.clusters ?? {}).some(({ discover }) => discover !== undefined)) return null;
  const { discoverySources }: typeof import("./resolve/sources.ts") = require("./resolve/sources.ts");
  const { withDiscovered }: typeof import("./resolve/discovered.ts") = require("./resolve/discovered.ts");
  return { discoverySources, withDiscovered };
}

/** Flags that choose among the file's nodes say nothing of others; a variable may stay set. */
function refuseChoice(flags: Flags, problems: Problem[]): void {
  for (const what of ["cluster", "group"] as const)
    if (chosen(what, flags, {}) !== null)
      problems.push({
        where: `--${what}`,
        option: "",
        expected: "nodes of a config file to choose from",
        found: "none, or a TARGET beside it",
        fix: `Leave out --${what}.`,
      });
}
