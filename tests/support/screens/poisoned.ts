import type { NodeError } from "../../../src/postgres/node-error.ts";
import { nodeError } from "../../../src/postgres/node-error.ts";
import type { ServerFacts, TlsState } from "../../../src/postgres/server.ts";
import type { ConnectionEntry } from "../../../src/store/connections.ts";
import type { ClusterEntry, NodeEntry } from "../../../src/store/nodes.ts";
import type { State } from "../../../src/store/store.ts";
import { Secret } from "../../../src/text/secret.ts";
import type { View } from "../../../src/views/view.ts";

/** Names of the fields that may hold any text; those of a union of words are ours. */
type TextField<T> = {
  [K in keyof T]-?: string extends Extract<T[K], string> ? K : never;
}[keyof T];

/** All texts of a record. A field that is added to the type does not compile until it is listed, and thus tried. */
type Texts<T> = Readonly<Record<TextField<T>, string>>;

/** What fixtures leave out: whoever is well has no error, no problem and no bastion. */
const facts: Texts<ServerFacts> = {
  version: "18.1",
  ownHost: "10.0.0.1",
  systemIdentifier: "7301",
  database: "shop",
  user: "monitor",
  sessionUser: "login",
};
const tls: Texts<TlsState> = { protocol: "TLSv1.3" };
const error: Texts<NodeError> = { message: "no", hint: "try again", detail: "because", sqlstate: "XX000" };
const node: Omit<Texts<NodeEntry>, "name"> = {
  address: "db:5432",
  bastion: "bastion",
  group: "shop",
  colour: "red",
};
const cluster: Omit<Texts<ClusterEntry>, "name"> = { colour: "red", problem: "two primaries" };
const entry: Omit<Texts<ConnectionEntry>, "name" | "entry"> = {
  address: "monitor@db:5432/shop",
  bastion: "bastion",
  group: "shop",
  colour: "red",
  foundIn: "shop",
};

/** Words of our own, by which the program decides what to draw. */
const ours: ReadonlySet<string> = new Set([
  "kind",
  "act",
  "state",
  "severity",
  "rule",
  "meaning",
  "view",
  "field",
  "touched",
  "sortBy",
]);

/** The state with texts wherever one may be, each with the attack in front: names still lead to what they name. */
export function poisoned(state: State, attack: string): State {
  const nodes = Object.entries(state.observed.nodes).map(([name, one]) => [name, filled(one)]);
  const clusters = state.observed.clusters.map((one) => ({ ...one, ...cluster }));
  const entries = state.connections.entries.map((one) => ({ ...one, ...entry }));
  const whole = {
    ...state,
    observed: { ...state.observed, nodes: Object.fromEntries(nodes), clusters },
    connections: { ...state.connections, entries },
  };
  return poison(whole, "", attack, ours) as State;
}

function filled(one: NodeEntry): NodeEntry {
  return {
    ...one,
    ...node,
    health: { ...one.health, error: one.health.error && { ...one.health.error, ...error } },
    facts: one.facts && { ...one.facts, ...facts, tls: { verified: true, expiresAtMs: null, ...tls } },
  };
}

/** An answer of any view with texts in all columns that hold some. */
export function poisonedRow(view: View, attack: string) {
  const cells = Object.entries(view.columns).map(([name, { kind }]) => [
    name,
    kind === "text" || kind === "query" ? `${attack}${name}` : null,
  ]);
  return Object.fromEntries(cells);
}

export const poisonedError = (attack: string): NodeError => ({
  ...nodeError("other", `${attack}no`, `${attack}try again`),
  sqlstate: `${attack}XX000`,
});

function poison(value: unknown, key: string, attack: string, kept: ReadonlySet<string>): unknown {
  if (typeof value === "string") return kept.has(key) ? value : attack + value;
  if (value instanceof Secret) return new Secret(attack + value.reveal());
  if (value instanceof Set) return new Set([...value].map((one) => poison(one, key, attack, kept)));
  if (value instanceof Map)
    return new Map(
      [...value].map((pair) => pair.map((one) => poison(one, key, attack, kept)) as [unknown, unknown]),
    );
  if (Array.isArray(value))
    return value.map((one) => poison(one, key, attack, key === "rows" ? new Set() : kept));
  if (typeof value !== "object" || value === null) return value;
  const named = key === "nodes" || key === "view of samples" || key === "earlierAnswers";
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [
      named ? attack + name : name,
      poison(one, key === "samples" ? "view of samples" : named ? "" : name, attack, kept),
    ]),
  );
}

/** The state with `mark` in front of every name of a node, cluster or group, wherever one leads. */
export function renamed(state: State, mark: string): State {
  const { observed, frozen, connections } = state;
  const names = new Set([
    ...[observed, ...(frozen ? [frozen] : [])].flatMap(({ nodes, clusters }) => [
      ...Object.keys(nodes),
      ...clusters.map(({ name }) => name),
    ]),
    ...connections.entries.map(({ name }) => name),
    ...connections.groups.map(({ name }) => name),
  ]);
  const marked = (text: string) =>
    text.replace(/^([cgn]:)?([^\0]*)/, (all, kind: string | undefined, name: string) =>
      names.has(name) ? `${kind ?? ""}${mark}${name}` : all,
    );
  const rename = (value: unknown): unknown => {
    if (typeof value === "string") return marked(value);
    if (value instanceof Secret) return value;
    if (value instanceof Set) return new Set([...value].map(rename));
    if (value instanceof Map) return new Map([...value].map(([key, one]) => [rename(key), rename(one)]));
    if (Array.isArray(value)) return value.map(rename);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [marked(key), rename(one)]));
  };
  return rename(state) as State;
}
