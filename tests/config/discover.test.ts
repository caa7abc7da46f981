import { describe, expect, test } from "bun:test";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Flags, loadSettings } from "../../src/config/load.ts";
import type { FoundServer } from "../../src/config/resolve/discovered.ts";
import { problemsOf, settingsOf } from "./config-file.ts";

const directory = mkdtempSync(join(tmpdir(), "pgparade-discover-"));

function settingsWith(
  text: string,
  found: Readonly<Record<string, readonly FoundServer[]>>,
  flags: Flags = {},
) {
  const config = join(directory, "config.yaml");
  writeFileSync(config, text, { mode: 0o600 });
  const environment = { PGUSER: "env-user" };
  const loaded = loadSettings(
    { config, ...flags },
    [],
    environment,
    null,
    undefined,
    new Map(Object.entries(found)),
  );
  if (!loaded.ok) throw loaded.error;
  return loaded.settings;
}

const found = (name: string, host = name, port = 5432) => ({ name, host, port });
const orders = "clusters: { orders: { discover: { patroni: [http://r1:8008] } } }\n";
const placesOf = ({ nodes }: ReturnType<typeof settingsWith>) =>
  nodes.map(({ name, cluster, connection }) => `${name} ${cluster} ${connection.host}:${connection.port}`);

test("a cluster is found by its source alone: nothing else is watched before", () => {
  const settings = settingsOf(orders);
  expect(settings.nodes).toEqual([]);
  expect(settings.warnings).toEqual([]);
  expect(settings.sources).toEqual([
    {
      ...{ kind: "patroni", cluster: "orders", urls: ["http://r1:8008"], addresses: [] },
      ...{ sslrootcert: null, deadlineMs: 3000 },
    },
  ]);
});

test("SRV records are looked up under their name, whatever else the members have", () => {
  const text =
    "clusters: {orders: {discover: {srv: _postgresql._tcp.db.example.com, addresses: {db1: 'b:9'}, node: {user: u}}}}";
  expect(settingsOf(text).sources).toEqual([
    {
      kind: "srv",
      cluster: "orders",
      name: "_postgresql._tcp.db.example.com",
      deadlineMs: 3000,
    },
  ]);
  const settings = settingsWith(text, { orders: [found("db1"), found("db2.example.com")] });
  expect(placesOf(settings)).toEqual(["db1 orders b:9", "db2.example.com orders db2.example.com:5432"]);
});

test("a command is a list, or a program alone; it inherits no variable that a secret comes from", () => {
  const dollar = "$";
  const text = `
defaults: { user: u, password_env: PW_DEFAULT }
nodes:
  whole: "postgres://u:${dollar}{PW_WHOLE:-pw}@h"
  a: { host: h1, password: "${dollar}{PW_A}", ssh: { host: b, passphrase_env: KEY } }
  b: { connection: "host=h2 password='${dollar}{PW_B}'", colour: "${dollar}{COLOUR:-red}" }
clusters:
  orders: { discover: { command: [members, "two words"], node: { sslpassword_env: PW_KEY } } }
  stock: { discover: { command: members } }
`;
  const environment = { PW_A: "one", PW_B: "two" };
  const hiddenVariables = ["KEY", "PW_A", "PW_B", "PW_DEFAULT", "PW_KEY", "PW_WHOLE"];
  const deadlineMs = 10_000;
  expect(settingsOf(text, { environment }).sources).toEqual([
    { kind: "command", cluster: "orders", argv: ["members", "two words"], hiddenVariables, deadlineMs },
    { kind: "command", cluster: "stock", argv: ["members"], hiddenVariables, deadlineMs },
  ]);
});

test("members become nodes with all that a written node of the cluster would have", () => {
  const text = `
defaults: { user: monitor, database: app, sslmode: require, password_env: PW, group: g, pool: { max: 3 } }
clusters:
  orders:
    production: true
    colour: red
    actions: none
    ssh: bastion
    thresholds: { replication_lag: { warning: 1s } }
    discover:
      patroni: ["https://r1:8008/", http://r2]
      sslrootcert: ~/ca.pem
      node: { database: other, statement_timeout: 2s, pool: { connect_timeout: 1s } }
`;
  const settings = settingsWith(text, { orders: [found("pg1", "10.0.0.1", 6000)] });
  expect(settings.sources).toMatchObject([{ urls: ["https://r1:8008", "http://r2"], deadlineMs: 1000 }]);
  expect(settings.sources).toMatchObject([{ sslrootcert: expect.stringMatching(/^\/.*\/ca\.pem$/) }]);
  const [node] = settings.nodes;
  expect(node).toMatchObject({
    ...{ name: "pg1", cluster: "orders", group: "g", production: true, colour: "red", actions: "none" },
    ...{ actionsFrom: "clusters.orders.actions", statementTimeoutMs: 2000, ssh: { host: "bastion" } },
    connection: { host: "10.0.0.1", port: 6000, user: "monitor", dbname: "other", sslmode: "require" },
    pool: { max: 3, connectTimeoutMs: 1000 },
    thresholds: { replication_lag: { warning: 1 } },
  });
  expect(node?.passwords[0]).toEqual({ kind: "environment", variable: "PW" });
  expect(settings.clusters).toMatchObject([{ name: "orders", nodes: ["pg1"] }]);
  expect(settings.members).toEqual([{ node: "pg1", cluster: "orders", member: "pg1" }]);
  expect([settings.fileNodes, settings.fileEntries]).toEqual([[], []]);
});

test("the environment of libpq fills in what nothing else gives, but never the host", () => {
  const [node] = settingsWith(orders, { orders: [found("pg1")] }).nodes;
  expect(node?.connection).toMatchObject({ host: "pg1", user: "env-user" });
});

test("an address is mapped by host and port, else by the host alone", () => {
  const text = `
clusters:
  orders:
    discover:
      patroni: [http://r1:8008]
      addresses: { "10.0.0.1:5432": "127.0.0.1:15432", "10.0.0.1": gateway, "PG3": "[::1]:7000", "fd00::4": db4 }
`;
  const servers = [
    ...[found("a", "10.0.0.1"), found("b", "10.0.0.1", 5433), found("c", "pg3"), found("d", "fd00::4", 9)],
    found("e", "10.0.0.2"),
  ];
  expect(placesOf(settingsWith(text, { orders: servers }))).toEqual([
    ...["a orders 127.0.0.1:15432", "b orders gateway:5433", "c orders ::1:7000", "d orders db4:9"],
    "e orders 10.0.0.2:5432",
  ]);
});

test("a server that is written stays as it is written, and is not doubled", () => {
  const text = `
nodes:
  mine: { host: 127.0.0.1, port: 5432, database: mine }
  far: { host: localhost, port: 5433, ssh: bastion }
clusters: { orders: { nodes: [mine], discover: { patroni: [http://r1:8008] } } }
`;
  const servers = [found("pg1", "localhost"), found("pg2", "bastion", 5433), found("pg3", "h3")];
  const settings = settingsWith(text, { orders: servers });
  expect(placesOf(settings)).toEqual([
    "mine orders 127.0.0.1:5432",
    "far null localhost:5433",
    "pg3 orders h3:5432",
  ]);
  expect(settings.members.map(({ node, member }) => `${member} ${node}`)).toEqual([
    ...["pg1 mine", "pg2 far", "pg3 pg3"],
  ]);
});

test("names that are taken are told apart by the cluster; one server of two clusters is one node", () => {
  const text = `
nodes: { pg1: { host: x }, pair: "host=p,q", "b-pg2": { host: y } }
clusters:
  a: { discover: { patroni: [http://r1] } }
  b: { discover: { patroni: [http://r2] } }
`;
  const settings = settingsWith(text, {
    a: [found("pg1", "a1"), found("pg2", "a2"), found("pair-1", "a3")],
    b: [found("pg2", "b2"), found("pair", "b3"), found("same", "a2")],
  });
  expect(placesOf(settings).slice(4)).toEqual([
    ...["a-pg1 a a1:5432", "pg2 a a2:5432", "a-pair-1 a a3:5432", "b-pg2-2 b b2:5432", "b-pair b b3:5432"],
  ]);
  expect(settings.members.at(-1)).toEqual({ node: "pg2", cluster: "b", member: "same" });
});

test("--cluster, --group and default clusters choose among the sources too", () => {
  const text = `
nodes: { lone: { host: x } }
clusters:
  a: { default: true, discover: { patroni: [http://r1], node: { group: ga } } }
  b: { discover: { patroni: [http://r2] } }
`;
  const both = { a: [found("a1")], b: [found("b1")] };
  const chosen = (flags: Flags) => {
    const settings = settingsWith(text, both, flags);
    return [settings.sources.map(({ cluster }) => cluster), settings.nodes.map(({ name }) => name)];
  };
  expect(chosen({})).toEqual([["a"], ["a1"]]);
  expect(chosen({ cluster: "b" })).toEqual([["b"], ["b1"]]);
  expect(settingsWith(text, {}, { group: "ga" }).nodes).toEqual([]);
  expect(chosen({ group: "ga" })).toEqual([["a", "b"], ["a1"]]);
  expect(settingsOf(text, { targets: ["host=h"] }).sources).toEqual([]);
});

test("nodes tell of the other servers, whose addresses the rules were applied to", () => {
  const text = `
nodes: { a: { host: a.example.com } }
clusters: { orders: { nodes: [a], discover: { replication: true, addresses: { s: "127.0.0.1:15432" } } } }
`;
  const settings = settingsWith(text, { orders: [found("s", "s", 7000)] });
  expect(settings.sources).toEqual([
    {
      ...{ kind: "replication", cluster: "orders", deadlineMs: 8000 },
      addresses: [{ from: { host: "s", port: null }, to: { host: "127.0.0.1", port: 15_432 } }],
    },
  ]);
  expect(placesOf(settings)).toEqual(["a orders a.example.com:5432", "s orders s:7000"]);
});

describe("a mistake is told with its place:", () => {
  const cluster = (fields: string) =>
    problemsOf(`nodes: {a: host=h}\nclusters:\n  c:\n    discover: ${fields}\n`);

  test.each([
    [
      "{}",
      "clusters.c.discover: expected a source of members: patroni or srv or command or replication, found none",
    ],
    ["{ node: { user: u } }", "clusters.c.discover: expected a source of members"],
    [
      "{ patroni: [http://h], srv: _pg._tcp.example.com }",
      "clusters.c.discover.srv: expected one source of members, found srv beside patroni",
    ],
    ["{ command: 'members orders' }", "clusters.c.discover.command: expected a list of a program and its"],
    ["{ command: [] }", "clusters.c.discover.command: expected a list of a program and its arguments"],
    ["{ command: { argv: [a] } }", "clusters.c.discover.command: expected a list of a program and its"],
    [
      "{ srv: _pg._tcp.a.b, command: [a] }",
      "clusters.c.discover.command: expected one source of members, found command beside srv",
    ],
    ["{ replication: yes please }", "discover.replication: expected"],
    ["{ replication: false }", "clusters.c.discover.replication: expected true, found false"],
    [
      "{ replication: true }",
      "clusters.c.discover.replication: expected nodes of the cluster, which tell of the others, found none",
    ],
    ["{ srv: localhost }", "clusters.c.discover.srv: expected a name with SRV records"],
    ["{ srv: [_pg._tcp.a.b] }", "clusters.c.discover.srv: expected a name with SRV records"],
    ["{ srv: 'a..b' }", "clusters.c.discover.srv: expected a name with SRV records"],
    [
      "{ srv: _pg._tcp.a.b, sslrootcert: ca.pem }",
      "clusters.c.discover.sslrootcert: expected patroni, which is asked with it, found srv",
    ],
    ["{ patroni: [] }", "clusters.c.discover: expected addresses of Patroni's REST API, found none"],
    ["{ patroni: http://h }", "expected a list of addresses, found other text"],
    ["{ patroni: [h:8008] }", "expected an address such as http://db1:8008, without a password"],
    ['{ patroni: ["http://u:pw@h:8008"] }', "without a password, found other text"],
    ["{ patroni: [file:///etc/passwd] }", "expected an address such as http://db1:8008"],
    ["{ patroni: [http://h], adresses: {} }", "Did you mean addresses?"],
    [
      '{ patroni: [http://h], addresses: { "a b": h } }',
      "addresses: expected a host, or host:port, found another key",
    ],
    ['{ patroni: [http://h], addresses: { a: "b,c" } }', "addresses.a: expected a host, or host:port"],
    ["{ patroni: [http://h], node: { host: h } }", "node: expected a known option, found host"],
    ["{ patroni: [http://h], node: { sslmode: wrong } }", "node.sslmode: expected one of disable"],
    ["{ patroni: [http://h], node: { require_auth: wrong } }", "require_auth"],
    [
      "{ patroni: [http://h], node: { thresholds: { long_query: { warning: 2h, critical: 1h } } } }",
      "clusters.c.discover.node.thresholds.long_query: expected a warning that is not above critical",
    ],
  ])("%s", (fields, told) => {
    const problems = cluster(fields);
    expect(problems.join("\n")).toContain(told);
    expect(problems.every((line) => line.startsWith("FILE:"))).toBe(true);
    expect(problems.join("\n")).not.toContain("pw@");
  });

  test("a password in a file that others can read", () => {
    const text = "clusters: {c: {discover: {patroni: [http://h], node: {password: 'secret'}}}}\n";
    expect(problemsOf(text, { mode: 0o644 }).join("\n")).toContain("clusters.c.discover.node.password");
    expect(problemsOf(text)).toEqual([]);
  });

  test("a cluster with neither nodes nor a source", () => {
    expect(problemsOf("nodes: {a: host=h}\nclusters: {c: {default: true}}\n").join("\n")).toContain(
      "clusters.c.nodes: expected a list of node names, found nothing",
    );
  });
});

test("what a source says makes no mistake of the file", () => {
  const odd = [found("a", "h1,h2"), found("b", "/tmp"), found("c", "h", 70_000), found("d", "h4")];
  expect(placesOf(settingsWith(orders, { orders: odd }))).toEqual(["d orders h4:5432"]);
});
