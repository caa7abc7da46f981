import type {
  ConnectionParameters,
  ConninfoParameters,
  LocalSystem,
} from "../../postgres/conninfo/conninfo.ts";
import { optionName, type Problem } from "../error.ts";
import type { Path } from "../file/document.ts";
import type { ConfigFile } from "../file/file.ts";
import { valueFromHome } from "../home.ts";
import type { Environment } from "../interpolate.ts";
import { actions, connectionFields, nodeOptions, poolOptions, waits } from "../options.ts";
import type { ReadFile } from "../reading.ts";
import type { FileValues } from "../schema.ts";
import type { ClusterSettings, NodeSettings, PoolSettings, Settings } from "../settings.ts";
import { Variables } from "../variables.ts";
import { connect, leftOutWarning, readConnectionText } from "./connection.ts";
import { type Layer, mergeThresholds, nearest, refuseOrder, thresholdVariables } from "./layers.ts";
import { nodeNames } from "./node-names.ts";
import { type GivenServer, keyPassphraseSources, passwordSources, type SecretGiver } from "./passwords.ts";
import type { Given, Place } from "./resolution.ts";
import { sshSettings } from "./ssh.ts";

/** What every node is built from. */
export type Ground = {
  readonly file: Pick<ConfigFile, "values" | "where" | "place">;
  readonly environment: Environment;
  /** What libpq's variables of it give. */
  readonly fromEnvironment: ConninfoParameters;
  readonly read: ReadFile;
  readonly system: LocalSystem;
  readonly problems: Problem[];
  readonly warnings: string[];
  /** The rules of the file, which have thresholds as all others. */
  readonly customRules: Settings["rules"];
};

type Fields = NonNullable<FileValues["defaults"]>;
type FileNode = NonNullable<FileValues["nodes"]>[string];

/** A node of the file or a TARGET: one server, or one for each of its hosts. */
export type Entry = {
  readonly name: string;
  /** Where its fields stand in the file. */
  readonly path: readonly string[];
  readonly fields: Fields;
  /** What it says itself. */
  readonly own: Given;
  /** That, and what `defaults`, service and environment add. */
  readonly given: Given;
  /** By the name of the node that each server becomes. */
  readonly servers: ReadonlyMap<string, ConnectionParameters>;
};

/** The nodes of the file, one for each host. */
export function fileEntries(ground: Ground): readonly Entry[] {
  const defaults = defaultParameters(ground);
  return Object.entries(ground.file.values.nodes ?? {}).flatMap(([name, node]) => {
    const own = givenFor(name, node, ground);
    const resolved = own && connect(over(defaults, own), ground);
    if (!resolved) return [];
    const { given, connections } = resolved;
    const names = nodeNames(name, connections.length);
    const servers = connections.map((connection, index) => [names[index] ?? name, connection] as const);
    return [{ name, path: ["nodes", name], fields: node, own, given, servers: new Map(servers) }];
  });
}

/** Everything that is known of the nodes; `clusters` says which cluster each is in. */
export function entryNodes(
  entries: readonly Entry[],
  clusters: readonly ClusterSettings[],
  ground: Ground,
): readonly NodeSettings[] {
  const clusterOf = new Map(clusters.flatMap((cluster) => cluster.nodes.map((name) => [name, cluster])));
  const settle = settler(ground);
  return entries.flatMap(({ path, fields, own, given, servers }) => {
    const giverOf = (keyword: "password" | "sslpassword"): SecretGiver => {
      const { giver } = given.where(keyword);
      return giver === "config" && own.parameters[keyword] === undefined ? "defaults" : giver;
    };
    const givers = { passwordGiver: giverOf("password"), keyPassphraseGiver: giverOf("sslpassword") };
    return Array.from(servers, ([name, connection]) =>
      settle(name, { connection, ...givers }, { path, fields }, clusterOf.get(name) ?? null),
    );
  });
}

/** What is given itself, before what is given for every node. */
export function over(defaults: Given, own: Given): Given {
  return {
    ...own,
    parameters: { ...defaults.parameters, ...own.parameters },
    where: (keyword) => (own.parameters[keyword] === undefined ? defaults : own).where(keyword),
  };
}

/** The parameters that `defaults` gives to every node. */
export function defaultParameters(ground: Ground): Given {
  return fieldGiven(ground.file.values.defaults ?? {}, ["defaults"], ground);
}

/** The parameters that the fields at a path give. */
export function fieldGiven(fields: Fields, path: Path, { file, environment }: Ground): Given {
  return { parameters: fieldParameters(fields, environment), where: fieldPlace(file, path) };
}

function givenFor(name: string, node: FileNode, ground: Ground): Given | null {
  const { file, environment, problems } = ground;
  const path = ["nodes", name];
  const own = fieldParameters(node, environment);
  // A node that is only a string stands under its own name.
  const whole = file.place([...path, "connection"]) === undefined;
  const stringPath = whole ? path : [...path, "connection"];
  const stringPlace: Place = {
    giver: "string",
    get where() {
      return file.where(stringPath);
    },
    get option() {
      return optionName(stringPath);
    },
  };
  const refuse = (expected: string, found: string, fix: string) =>
    problems.push({ ...stringPlace, kind: "syntax", expected, found, fix });
  let parameters: ConninfoParameters = own;
  let torn: Given["torn"];
  if (node.connection !== undefined) {
    const first = Object.keys(own)[0];
    if (first !== undefined) {
      refuse(
        "a connection string or fields",
        `both: the string and ${fieldOf(first)}`,
        "Move the field into the string.",
      );
      return null;
    }
    const { source = "", quoted = false } = file.place(stringPath) ?? {};
    const text = readConnectionText(source ?? "", environment, (found) =>
      refuse(
        "a connection URI or keyword=value pairs",
        found,
        "In a URI write %40 for @, %2F for / and %25 for %.",
      ),
    );
    if (text === null) return null;
    if (text.holdsPassword && !quoted && !source?.startsWith("postgres")) {
      refuse(
        "a string with a password in quotes",
        "one without quotes",
        "YAML cuts it at a blank and a #: quote it.",
      );
      return null;
    }
    ({ parameters, torn } = text);
    ground.warnings.push(...leftOutWarning(`${stringPlace.where}: ${stringPlace.option}`, text.leftOut));
  }
  const ownPlace = node.connection === undefined ? fieldPlace(file, path) : () => stringPlace;
  return { parameters, where: ownPlace, ...(torn && { torn }) };
}

function fieldParameters(fields: Fields, environment: Environment): ConninfoParameters {
  const given = Object.entries(fields).filter(
    ([name, value]) => value !== undefined && Object.hasOwn(connectionFields, name),
  );
  return Object.fromEntries(
    given.map(([name, value]) => [keywordOf(name), valueFromHome(name, String(value), environment)]),
  );
}

/** Two names for one thing: libpq's keyword and ours. */
function keywordOf(field: string): string {
  return field === "database" ? "dbname" : field;
}

function fieldOf(keyword: string): string {
  return keyword === "dbname" ? "database" : keyword;
}

function fieldPlace(file: Ground["file"], path: Path): Given["where"] {
  return (keyword) => {
    const field = [...path, fieldOf(keyword)];
    return {
      giver: "config",
      get where() {
        return file.where(field);
      },
      get option() {
        return optionName(field);
      },
    };
  };
}

type Settle = (
  name: string,
  server: GivenServer,
  own: Pick<Entry, "path" | "fields">,
  cluster: ClusterSettings | null,
) => NodeSettings;

/** Reads the environment once; the result merges one node: environment > node > cluster > group > defaults > built in. */
function settler({ file, environment, problems, customRules }: Ground): Settle {
  const { defaults = {}, clusters = {}, groups = {}, thresholds } = file.values;
  const variables = new Variables(environment, problems);
  const setPool = {
    max: variables.read(poolOptions.max.kind, "pool", "max"),
    idle_timeout: variables.read(poolOptions.idle_timeout.kind, "pool", "idle_timeout"),
    max_lifetime: variables.read(poolOptions.max_lifetime.kind, "pool", "max_lifetime"),
    acquire_timeout: variables.read(poolOptions.acquire_timeout.kind, "pool", "acquire_timeout"),
    connect_timeout: variables.read(poolOptions.connect_timeout.kind, "pool", "connect_timeout"),
    databases: variables.read(poolOptions.databases.kind, "pool", "databases"),
    database_idle: variables.read(poolOptions.database_idle.kind, "pool", "database_idle"),
  };
  const setStatementTimeout = variables.read(nodeOptions.statement_timeout.kind, "statement_timeout");
  const setLockTimeout = variables.read(nodeOptions.lock_timeout.kind, "lock_timeout");
  const setThresholds = thresholdVariables(variables, customRules);
  const thresholdsOf = (...own: readonly Layer[]) =>
    mergeThresholds([setThresholds, ...own, defaults.thresholds ?? {}, thresholds ?? {}], customRules);
  const usualThresholds = thresholdsOf();
  let isUsualChecked = false;

  const pool = (node: Fields, { connectTimeoutMs }: ConnectionParameters): PoolSettings => {
    const given = (key: keyof typeof poolOptions) => setPool[key] ?? node.pool?.[key] ?? defaults.pool?.[key];
    const value = (key: keyof typeof poolOptions) => given(key) ?? poolOptions[key].default;
    const connectMs = given("connect_timeout") ?? connectTimeoutMs ?? poolOptions.connect_timeout.default;
    return {
      max: value("max"),
      idleTimeoutMs: value("idle_timeout"),
      maxLifetimeMs: value("max_lifetime"),
      // Who waits for a session waits for its login too.
      acquireTimeoutMs: given("acquire_timeout") ?? Math.max(value("acquire_timeout"), connectTimeoutMs ?? 0),
      connectTimeoutMs: connectMs,
      databases: value("databases"),
      databaseIdleMs: value("database_idle"),
    };
  };

  return (name, server, written, cluster) => {
    const { connection } = server;
    const node = written.fields;
    const acts = nearest("actions", written, cluster, file.values);
    const sampled = nearest("waits", written, cluster, file.values);
    const group = node.group ?? defaults.group ?? null;
    const own = [
      node.thresholds,
      cluster && clusters[cluster.name]?.thresholds,
      group === null ? undefined : groups[group]?.thresholds,
    ].filter((layer) => layer != null);
    const merged = own.length > 0 ? thresholdsOf(...own) : usualThresholds;
    // Nodes without thresholds of their own all have the same.
    if (own.length > 0 || !isUsualChecked)
      refuseOrder(
        merged,
        { own: written.path, cluster: cluster?.name ?? null, group },
        file,
        problems,
        customRules,
      );
    if (own.length === 0) isUsualChecked = true;
    return {
      name,
      cluster: cluster?.name ?? null,
      group,
      colour: node.colour ?? cluster?.colour ?? defaults.colour ?? null,
      production: node.production ?? (cluster?.production || defaults.production) ?? false,
      connection,
      pool: pool(node, connection),
      statementTimeoutMs:
        setStatementTimeout ??
        node.statement_timeout ??
        defaults.statement_timeout ??
        nodeOptions.statement_timeout.default,
      lockTimeoutMs:
        setLockTimeout ?? node.lock_timeout ?? defaults.lock_timeout ?? nodeOptions.lock_timeout.default,
      thresholds: merged,
      passwords: passwordSources(server, node, defaults, environment),
      keyPassphrases: keyPassphraseSources(server, node, defaults, environment),
      allowCleartext: node.allow_cleartext ?? defaults.allow_cleartext ?? false,
      hotStandby: node.hot_standby ?? defaults.hot_standby ?? true,
      ...{ actions: acts?.value ?? actions.default, actionsFrom: acts?.from ?? null },
      ...{ waits: sampled?.value ?? waits.default, waitsFrom: sampled?.from ?? null },
      readOnly: node.read_only ?? defaults.read_only ?? true,
      ssh: sshSettings(node.ssh ?? (cluster && clusters[cluster.name]?.ssh) ?? defaults.ssh, environment),
    };
  };
}
