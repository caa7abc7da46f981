import type { ConninfoParameters, Keyword } from "../../postgres/conninfo/conninfo.ts";
import { actionLevels } from "../../stats/action-level.ts";
import { isOneVariable } from "../interpolate.ts";
import { connectionFields } from "../options.ts";
import { colours } from "../settings.ts";
import { writtenParameters } from "./connection-edit.ts";
import type { NodeDraft } from "./draft.ts";
import { printSshPlace } from "./ssh-place.ts";
import { YamlText } from "./yaml/text.ts";

/** A map of the file as it is written, its variables left as they are. */
export type Written = Readonly<Record<string, unknown>>;

/** The fields of a node that say how it is reached, in the order in which they are written, each with libpq's keyword. */
export const writtenFields: ReadonlyMap<string, Keyword> = new Map(
  Object.keys(connectionFields).map((field) => [field, (field === "database" ? "dbname" : field) as Keyword]),
);

export function mapOf(value: unknown): Written {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}

/** What is written of the nodes, clusters and groups of a config file. */
export function writtenConfig({ values }: YamlText) {
  const { nodes, clusters, groups, defaults } = mapOf(values);
  return { nodes: mapOf(nodes), clusters: mapOf(clusters), groups: mapOf(groups), defaults: mapOf(defaults) };
}

/**
 * The name of the entry that a node comes from: its own, or that of the string with several hosts of which it is
 * one (`orders-2` of `orders`). Null when the file has none.
 */
export function entryOf(yaml: YamlText, node: string): string | null {
  const { nodes } = writtenConfig(yaml);
  if (Object.hasOwn(nodes, node)) return node;
  const base = /^(.*)-\d+$/s.exec(node)?.[1];
  return base !== undefined && Object.hasOwn(nodes, base) ? base : null;
}

/** The connection string of an entry, whichever way it stands there; null for fields. */
export function stringOf(entry: unknown): string | null {
  if (typeof entry === "string") return entry;
  const { connection } = mapOf(entry);
  return typeof connection === "string" ? connection : null;
}

/** How an entry is reached, with the password if the file holds one. A string that is one variable says nothing. */
export function parametersOf(entry: unknown): ConninfoParameters {
  const text = stringOf(entry);
  if (text !== null) return writtenParameters(text) ?? {};
  const fields = mapOf(entry);
  const given = [...writtenFields].filter(([field]) => fields[field] !== undefined && fields[field] !== null);
  return Object.fromEntries(given.map(([field, keyword]) => [keyword, String(fields[field])]));
}

/** Where an entry's bastion is. */
function writtenSsh(entry: unknown): string | null {
  const { ssh } = mapOf(entry);
  if (typeof ssh === "string") return ssh;
  const { host, user, port } = mapOf(ssh);
  if (typeof host !== "string") return null;
  return printSshPlace({
    host,
    user: user == null ? null : String(user),
    port: port == null ? null : Number(port),
  });
}

/** What an entry would have if it did not say it itself. */
export function inheritedProduction(yaml: YamlText, name: string): boolean {
  const { clusters, defaults } = writtenConfig(yaml);
  const within = mapOf(clusters[listedIn(yaml, name) ?? ""]);
  return isTrue(within["production"]) || isTrue(defaults["production"]);
}

/** The cluster that lists an entry; null where none does. */
function listedIn(yaml: YamlText, entry: string): string | null {
  const { clusters } = writtenConfig(yaml);
  const lists = (name: string) => listOf(mapOf(clusters[name])["nodes"]).includes(entry);
  return Object.keys(clusters).find(lists) ?? null;
}

/** The names of the clusters of a config file. */
export const clustersOf = (text: string): readonly string[] =>
  Object.keys(writtenConfig(new YamlText(text)).clusters);

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isTrue(value: unknown): boolean {
  return value === true || value === "true";
}

/**
 * The draft of a node of the file, to fill a form with: its own fields as they are written, and `kept` for its
 * password and its key's passphrase, which are not read. `production` is what counts, the cluster's or `defaults`' too. Null when the file has
 * no such node.
 * @param node a node's name; the draft has the entry's, which may be another (see {@link entryOf})
 */
export function draftOf(text: string, node: string): NodeDraft | null {
  const yaml = new YamlText(text);
  const name = entryOf(yaml, node);
  return name === null ? null : draftOfEntry(yaml, name);
}

export function draftOfEntry(yaml: YamlText, name: string): NodeDraft {
  const entry = writtenConfig(yaml).nodes[name];
  const { group, colour, production, actions } = mapOf(entry);
  const { password: _, sslpassword: __, ...parameters } = parametersOf(entry);
  const whole = stringOf(entry);
  return {
    name,
    cluster: listedIn(yaml, name),
    group: typeof group === "string" ? group : null,
    colour: colours.find((known) => known === colour) ?? null,
    ssh: writtenSsh(entry),
    actions: actionLevels.find((known) => known === actions) ?? null,
    production: production === undefined ? inheritedProduction(yaml, name) : isTrue(production),
    parameters,
    variable: whole !== null && isOneVariable(whole) ? whole : null,
    password: null,
    keyPassphrase: null,
    passwordPlace: "kept",
  };
}
