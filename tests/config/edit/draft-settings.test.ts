import { expect, test } from "bun:test";
import { emptyDraft, type NodeDraft } from "../../../src/config/edit/draft.ts";
import { type Settled, settleDraft } from "../../../src/config/edit/draft-settings.ts";
import { loadSettings } from "../../../src/config/load.ts";
import { Secret } from "../../../src/text/secret.ts";

const environment = {
  HOME: "/nonexistent",
  PGUSER: "monitor",
  DB_HOST: "it's a host",
  DB_URL: "postgresql://ann@db7:7/",
};
const settle = (draft: Partial<NodeDraft>) =>
  settleDraft(
    { ...emptyDraft, name: "db", ...draft },
    (target) => loadSettings({}, [target], environment),
    environment,
  );

function onlyNode(settled: Settled) {
  const [node, ...others] = settled.ok ? settled.nodes : [];
  if (!node || others.length > 0) throw new Error("not one node");
  return node;
}

test("a draft becomes a node with the defaults of the configuration", () => {
  const settled = settle({
    group: "office",
    colour: "red",
    production: true,
    actions: "none",
    parameters: { host: "db1", dbname: "shop" },
    password: new Secret("s3cret"),
  });
  const { name, group, colour, production, actions, connection, passwords, pool } = onlyNode(settled);
  expect([name, group, colour, production, actions]).toEqual(["db", "office", "red", true, "none"]);
  expect([connection.host, connection.port, connection.dbname, connection.user]).toEqual([
    "db1",
    5432,
    "shop",
    "monitor",
  ]);
  expect(passwords[0]?.kind === "inline" && passwords[0].secret.reveal()).toBe("s3cret");
  expect(pool.max).toBe(2);
});

test("variables are filled in, whatever they hold", () => {
  const settled = settle({ parameters: { host: "$" + "{DB_HOST}" } });
  expect(settled.ok && settled.nodes[0]?.connection.host).toBe("it's a host");
  expect(settle({ parameters: { host: "$" + "{NO_SUCH}" } })).toEqual({
    ok: false,
    problem: "the variable NO_SUCH is not set",
  });
});

test("a path begins at home, as in the file, and a passphrase goes before what the configuration has", () => {
  const parameters = { host: "db1", sslcert: "~/a.crt", sslkey: "~/a.key" };
  const { connection, keyPassphrases } = onlyNode(
    settle({ parameters, keyPassphrase: new Secret("s3cret") }),
  );
  expect([connection.sslcert, connection.sslkey]).toEqual(["/nonexistent/a.crt", "/nonexistent/a.key"]);
  expect(keyPassphrases).toMatchObject([
    { kind: "inline" },
    { kind: "keyring", name: "ssl key /nonexistent/a.key" },
  ]);
});

test("a variable may hold the whole connection string", () => {
  const settled = settle({ variable: "$" + "{DB_URL}" });
  expect(settled.ok && settled.nodes[0]?.connection).toMatchObject({ host: "db7", port: 7, user: "ann" });
  expect(settle({ variable: "$" + "{NO_URL}" }).ok).toBe(false);
});

test("a variable that is typed as the password counts as one where the file gets it", () => {
  const password = new Secret("$" + "{DB_URL}");
  const tried = (passwordPlace: NodeDraft["passwordPlace"]) => {
    const settled = settle({ password, passwordPlace });
    const [source] = settled.ok ? (settled.nodes[0]?.passwords ?? []) : [];
    return source?.kind === "inline" && source.secret.reveal();
  };
  expect(tried("file")).toBe(environment.DB_URL);
  expect(tried("keyring")).toBe(password.reveal());
});

test("nothing given is the server that psql would reach", () => {
  const settled = settle({});
  expect(settled.ok && settled.nodes[0]?.connection.user).toBe("monitor");
});

test("several hosts are a cluster with a node for each", () => {
  const settled = settle({ name: "orders", group: "shop", parameters: { host: "a,b", port: "1,2" } });
  const nodes = settled.ok ? settled.nodes : [];
  expect(
    nodes.map(({ name, cluster, group, connection: { host, port } }) => [name, cluster, group, host, port]),
  ).toEqual([
    ["orders-1", "orders", "shop", "a", 1],
    ["orders-2", "orders", "shop", "b", 2],
  ]);
});

test("what cannot be used is a problem and not a node", () => {
  expect(settle({ parameters: { host: "a,b", port: "1,2,3" } }).ok).toBe(false);
  expect(settle({ parameters: { port: "0" } }).ok).toBe(false);
});

test("a node that is changed keeps what the draft says nothing of", () => {
  const before = settle({ parameters: { host: "db1" } });
  const base = { ...onlyNode(before), lockTimeoutMs: 77, cluster: "orders" };
  const load = (target: string) => loadSettings({}, [target], environment);
  const after = settleDraft(
    { ...emptyDraft, name: "db", parameters: { host: "db2" } },
    load,
    environment,
    base,
  );
  expect(
    after.ok && [onlyNode(after).connection.host, onlyNode(after).lockTimeoutMs, onlyNode(after).cluster],
  ).toEqual(["db2", 77, "orders"]);
});
