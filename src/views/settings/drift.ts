import { integer, type Severity, text, texts } from "../columns.ts";
import { databases } from "../storage/databases.ts";
import { defineConclusion, type FleetSamples, keyOf, type Row } from "../view.ts";
import { type Difference, differenceOf } from "./differences.ts";
import { classOf, hotStandbySettings } from "./expected.ts";
import { extensions } from "./extensions.ts";
import {
  type Fact,
  objectFacts,
  restartFacts,
  settingFacts,
  sharedObjectFacts,
  versionFacts,
} from "./facts.ts";
import { roles } from "./roles.ts";
import { type ServerState, stateOf } from "./server-facts.ts";
import { masked } from "./setting-sql.ts";
import { settings } from "./settings.ts";

/** The order in which differences are told, and how they look. */
const ranks = { restart: 0, critical: 1, cluster: 2, fleet: 3, unclear: 4, hardware: 5 } as const;

type Rank = (typeof ranks)[keyof typeof ranks];

/** What servers have differently: in their cluster, and over the fleet. One line for each thing, which says which node is odd. */
export const drift = defineConclusion({
  name: "drift",
  title: "Drift",
  section: "settings",
  source: `${settings.source}, ${extensions.source}, pg_roles, pg_database`,
  needs: [settings, extensions, roles, databases],
  // A node is odd beside others.
  asksAll: true,
  nodeRows: true,
  none: "the nodes have nothing differently that is not expected",
  noneKnown:
    "nothing that is known differs between the nodes but what is expected to; what is not known stands below",
  rowKey: ["kind", "where", "name", "database"],
  rowName: "name",
  sortBy: "rank",
  sign: levelOf,
  isQuiet: ({ rank }) => rank === ranks.unclear || rank === ranks.hardware,
  isCause: (row) => levelOf(row) !== "ok",
  opens: ({ kind, name, database }, node) => {
    if (kind === "setting" || kind === "restart")
      return { node, row: { view: settings.name, key: keyOf(settings, { name }) } };
    if (kind === "extension" && database !== null)
      return { node, row: { view: extensions.name, key: keyOf(extensions, { database, extname: name }) } };
    return { node, row: null };
  },
  columns: {
    odd: text("ODD", {
      priority: 0,
      maxWidth: 24,
      about:
        "the nodes that have it otherwise than most of those compared, or than the primary where as many have it so",
      severity: (_, row) => levelOf(row),
    }),
    kind: text("WHAT", {
      priority: 1,
      about:
        "restart: a setting waits for one; setting, version, extension, files of an extension on the server, role or database",
    }),
    name: text("NAME", { priority: 0, maxWidth: 34, about: "what differs" }),
    database: text("DATABASE", {
      usual: [],
      priority: 2,
      maxWidth: 16,
      about: "the database of an extension",
    }),
    value: text("VALUE", {
      priority: 0,
      maxWidth: 24,
      about:
        "what the odd nodes have, and what a restart makes it where one waits and pg_file_settings may be read",
    }),
    usual: text("OTHERS", {
      priority: 0,
      maxWidth: 24,
      about: "what the others have; empty where nothing is usual",
    }),
    where: text("AMONG", {
      priority: 2,
      maxWidth: 16,
      about:
        "the cluster whose nodes are compared; or fleet: the clusters, each by its primary. There objects are compared by name, and a missing one is told where three, and more than two thirds, have it",
    }),
    groups: text("VALUES", { priority: 3, growsFrom: 30, about: "each value with its nodes" }),
    unknown: text("UNKNOWN", {
      usual: [],
      priority: 2,
      maxWidth: 20,
      about: "nodes of which it is not known: they may differ too",
    }),
    odd_nodes: texts("ODD NODES", { hidden: true, about: "all of the odd nodes" }),
    unknown_nodes: texts("UNKNOWN NODES", {
      hidden: true,
      about: "all of the nodes of which it is not known",
    }),
    rank: integer("ORDER", {
      hidden: true,
      internal: true,
      about:
        "0 waits for a restart, 1 keeps a standby from replaying, 2 differs in a cluster, 3 over the fleet, 4 over the fleet where nothing is usual, 5 follows from the hardware",
    }),
  },
  rows: (fleet) => {
    const inScope = new Set(fleet.nodes.map(({ name }) => name));
    return differencesIn(fleet.ofAll()).flatMap((one) => {
      const { fact, where, rank, difference } = one;
      const { odd, usual, groups, unknown } = difference;
      const concerned = [...odd, ...groups.flatMap(({ nodes }) => nodes)];
      const node = concerned.find((name) => inScope.has(name));
      if (node === undefined) return [];
      const values = groups.flatMap(({ value, nodes }) =>
        odd.includes(nodes[0] ?? "") ? inWords(value) : [],
      );
      const isTold = usual !== null || rank === ranks.restart;
      return [
        {
          ...{ node, where, rank, kind: fact.kind, name: fact.name, database: fact.database },
          odd: isTold ? few(odd) : null,
          value: isTold ? values.join(" | ") : null,
          usual: usual === null ? null : inWords(usual),
          groups: groups.map(({ value, nodes }) => `${inWords(value)}: ${few(nodes)}`).join("; "),
          unknown: unknown.length === 0 ? null : few(unknown),
          odd_nodes: isTold ? odd : [],
          unknown_nodes: unknown,
        },
      ];
    });
  },
});

/** So many names stand in a cell; the page of the row and JSON have all. */
const few = (names: readonly string[]): string =>
  names.length <= 4 ? names.join(", ") : `${names.slice(0, 3).join(", ")} and ${names.length - 3} more`;

function levelOf({ rank }: Row): Severity {
  if (rank === ranks.critical) return "critical";
  return rank === ranks.restart || rank === ranks.cluster ? "warning" : "ok";
}

type Found = {
  readonly fact: Fact;
  readonly where: string;
  readonly rank: Rank;
  readonly difference: Difference;
};

function differencesIn(all: FleetSamples): Found[] {
  const nodes = new Map(all.nodes.map((node) => [node.name, node]));
  const clusters = all.clusters.map(({ name, all: members }) => {
    // Another way to a server before it is compared there.
    const own = members.flatMap(({ name: member, sameAs }) =>
      sameAs === undefined ? (nodes.get(member) ?? []) : [],
    );
    const servers = own.flatMap((node) => stateOf(all, node) ?? []);
    const lost = own.flatMap((node) => (servers.some((one) => one.node === node.name) ? [] : [node.name]));
    return { servers, found: ofCluster(name, servers, lost) };
  });
  const heads = clusters.flatMap(({ servers, found }) => {
    const server = servers.find(({ isStandby }) => !isStandby) ?? servers[0];
    return server ? [withUsual(server, found)] : [];
  });
  const found = [...clusters.flatMap((one) => one.found), ...ofFleet(heads)];
  return found.toSorted((a, b) => a.rank - b.rank);
}

/** A server for its cluster: what is odd within that is told there, and not once more of the fleet. */
function withUsual(server: ServerState, found: readonly Found[]): ServerState {
  if (!server.settings) return server;
  const usual = found.flatMap(({ fact: { kind, name }, difference }) => {
    const held = server.settings?.get(name);
    return kind === "setting" && held && difference.usual !== null
      ? [[name, { ...held, value: difference.usual }] as const]
      : [];
  });
  return { ...server, settings: new Map([...server.settings, ...usual]) };
}

/** @param lost its nodes that do not answer: they are unknown in all that differs */
function ofCluster(where: string, servers: readonly ServerState[], lost: readonly string[]): Found[] {
  const primaries = servers.filter(({ isStandby }) => !isStandby);
  const primary = primaries.length === 1 ? (primaries[0]?.node ?? null) : null;
  const waiting = restartFacts(servers).map((fact): Found => {
    const nodesWith = (wanted: string | null) =>
      [...fact.values].flatMap(([node, value]) => (value === wanted ? [node] : []));
    const odd = nodesWith("waits");
    const groups = [{ value: inForce(servers, fact.name, odd), nodes: odd }];
    const unknown = [...nodesWith(null), ...lost];
    return {
      fact,
      where,
      rank: ranks.restart,
      difference: { usual: null, odd, groups, unknown, isClear: true },
    };
  });
  const facts = [...versionFacts(servers, false), ...settingFacts(servers), ...objectFacts(servers)];
  const differing = facts.flatMap((fact): Found[] => {
    const found = differenceOf(fact.values, primary);
    if (!found) return [];
    const isHardware = fact.kind === "setting" && classOf(fact.name) === "hardware";
    const isCritical = isLower(fact, primary, servers);
    const rank = isCritical ? ranks.critical : isHardware ? ranks.hardware : ranks.cluster;
    return [{ fact, where, rank, difference: { ...found, unknown: [...found.unknown, ...lost] } }];
  });
  return [...waiting, ...differing];
}

/** A setting may be empty. */
const inWords = (value: string): string => (value === "" ? "''" : value);

/** What is in force until the restart, and after it, of servers where the setting waits for one. */
function inForce(servers: readonly ServerState[], name: string, nodes: readonly string[]): string {
  const values = servers.flatMap(({ node, settings }) => {
    if (!nodes.includes(node)) return [];
    const held = settings?.get(name);
    const now = inWords(held?.value ?? masked);
    return `${now}, then ${inWords(held?.pendingValue ?? "unknown")}`;
  });
  return [...new Set(values)].join(" | ");
}

/** Whether a standby has less of what it needs as much of as its primary. */
function isLower(
  { kind, name, values }: Fact,
  primary: string | null,
  servers: readonly ServerState[],
): boolean {
  const least = primary === null ? null : (values.get(primary) ?? null);
  if (kind !== "setting" || least === null || !hotStandbySettings.has(name)) return false;
  return servers.some(({ node, isStandby }) => {
    const own = values.get(node) ?? null;
    return isStandby && own !== null && Number(own) < Number(least);
  });
}

function ofFleet(heads: readonly ServerState[]): Found[] {
  const facts = [...versionFacts(heads, true), ...settingFacts(heads), ...sharedObjectFacts(heads)];
  return facts.flatMap((fact): Found[] => {
    const difference = differenceOf(fact.values, null);
    if (!difference) return [];
    const isHardware = fact.kind === "setting" && classOf(fact.name) === "hardware";
    const rank = isHardware ? ranks.hardware : difference.isClear ? ranks.fleet : ranks.unclear;
    return [{ fact, where: "fleet", rank, difference }];
  });
}
