import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Flags, loadSettings } from "../../src/config/load.ts";
import type { FoundServer } from "../../src/config/resolve/discovered.ts";
import { settingsOf } from "./config-file.ts";

const directory = mkdtempSync(join(tmpdir(), "pgparade-discover-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

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
      ...{ sslrootcert: null, client: null, login: null, deadlineMs: 3000 },
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
  expect(settings.members).toEqual([{ node: "pg1", cluster: "orders", member: "pg1", others: [] }]);
  expect([settings.fileNodes, settings.fileEntries]).toEqual([[], []]);
});

test("Patroni's login and certificate, whose variables no program inherits", () => {
  const dollar = "$";
  const text = `
nodes: { a: { host: h, user: u, password_env: PW } }
clusters:
  orders:
    discover:
      patroni: [https://r1]
      sslcert: ~/client.pem
      sslkey: ~/client.key
      username: admin
      password: "${dollar}{REST_PW}"
      password_file: ~/rest
      allow_cleartext: true
`;
  const [source] = settingsOf(text, { environment: { REST_PW: "one", HOME: "/home/u" } }).sources;
  expect(source).toMatchObject({
    client: { cert: "/home/u/client.pem", key: "/home/u/client.key" },
    login: {
      ...{ username: "admin", allowCleartext: true, hiddenVariables: ["PW", "REST_PW"] },
      passwords: [{ kind: "inline" }, { kind: "file", path: "/home/u/rest" }],
    },
  });
  expect(JSON.stringify(source)).not.toContain("one");
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
  expect(settings.members.at(-1)).toEqual({ node: "pg2", cluster: "b", member: "same", others: [] });
  expect(settings.leftOut).toEqual([]);
});

test("a member that is called as something of each object has the name of the cluster in front", () => {
  const settings = settingsWith(orders, { orders: [found("constructor", "h1"), found("__proto__", "h2")] });
  expect(settings.nodes.map(({ name }) => name)).toEqual(["orders-constructor", "orders-__proto__"]);
  expect(settings.members.map(({ member }) => member)).toEqual(["constructor", "__proto__"]);
});

test("of members that are mapped to one address the first is the node, and the others are left out", () => {
  const text = `
nodes: { mine: { host: 127.0.0.1, port: 6000 } }
clusters:
  orders:
    nodes: [mine]
    discover:
      patroni: [http://r1]
      addresses: { h1: "127.0.0.1:6000", h2: "localhost:6001", h3: "127.0.0.1:6001", h4: "127.0.0.2:6001", h5: "127.0.0.1:6001" }
`;
  const members = ["h1", "h2", "h3", "h4", "h5"].map((host) => found(`m${host}`, host));
  expect(settingsWith(orders, { orders: [found("a", "h", 6000), found("b", "H", 6000)] })).toMatchObject({
    members: [{ member: "a", others: ["b"] }],
    leftOut: [{ cluster: "orders", member: "b", why: "a has the same address" }],
  });
  const settings = settingsWith(text, { orders: members });
  expect(placesOf(settings)).toEqual([
    ...["mine orders 127.0.0.1:6000", "mh2 orders localhost:6001", "mh4 orders 127.0.0.2:6001"],
  ]);
  expect(settings.members.map(({ node, member, others }) => [node, member, ...others].join(" "))).toEqual([
    ...["mine mh1", "mh2 mh2 mh3 mh5", "mh4 mh4"],
  ]);
  expect(settings.leftOut.map(({ member, why }) => `${member}: ${why}`)).toEqual([
    ...["mh3: mh2 has the same address", "mh5: mh2 has the same address"],
  ]);
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

test("what a source says makes no mistake of the file", () => {
  const odd = [found("a", "h1,h2"), found("b", "/tmp"), found("c", "h", 70_000), found("d", "h4")];
  const settings = settingsWith(orders, { orders: odd });
  expect(placesOf(settings)).toEqual(["d orders h4:5432"]);
  expect(settings.leftOut.map(({ member, why }) => `${member}: ${why}`)).toEqual(
    ["a", "b", "c"].map((name) => `${name}: its address is that of no server`),
  );
});
