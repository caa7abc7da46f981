import { expect, test } from "bun:test";
import { emptyDraft, type NodeDraft } from "../../src/config/draft.ts";
import { settleDraft } from "../../src/config/draft-settings.ts";
import { loadSettings } from "../../src/config/load.ts";
import { Secret } from "../../src/postgres/secret.ts";

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

test("a draft becomes a node with the defaults of the configuration", () => {
  const settled = settle({
    group: "office",
    colour: "red",
    production: true,
    parameters: { host: "db1", dbname: "shop" },
    password: new Secret("s3cret"),
  });
  if (!settled.ok) throw new Error(settled.problem);
  const { name, group, colour, production, connection, passwords, pool } = settled.node;
  expect([name, group, colour, production]).toEqual(["db", "office", "red", true]);
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
  expect(settled.ok && settled.node.connection.host).toBe("it's a host");
  expect(settle({ parameters: { host: "$" + "{NO_SUCH}" } })).toEqual({
    ok: false,
    problem: "the variable NO_SUCH is not set",
  });
});

test("a variable may hold the whole connection string", () => {
  const settled = settle({ variable: "$" + "{DB_URL}" });
  expect(settled.ok && settled.node.connection).toMatchObject({ host: "db7", port: 7, user: "ann" });
  expect(settle({ variable: "$" + "{NO_URL}" }).ok).toBe(false);
});

test("a variable that is typed as the password counts as one where the file gets it", () => {
  const password = new Secret("$" + "{DB_URL}");
  const tried = (passwordPlace: NodeDraft["passwordPlace"]) => {
    const settled = settle({ password, passwordPlace });
    const [source] = settled.ok ? settled.node.passwords : [];
    return source?.kind === "inline" && source.secret.reveal();
  };
  expect(tried("file")).toBe(environment.DB_URL);
  expect(tried("keyring")).toBe(password.reveal());
});

test("nothing given is the server that psql would reach", () => {
  const settled = settle({});
  expect(settled.ok && settled.node.connection.user).toBe("monitor");
});

test("what cannot be used is a problem and not a node", () => {
  expect(settle({ parameters: { host: "a,b" } })).toEqual({
    ok: false,
    problem: "a connection has one host",
  });
  expect(settle({ parameters: { port: "0" } }).ok).toBe(false);
});

test("a node that is changed keeps what the draft says nothing of", () => {
  const before = settle({ parameters: { host: "db1" } });
  if (!before.ok) throw new Error(before.problem);
  const base = { ...before.node, lockTimeoutMs: 77, cluster: "orders" };
  const load = (target: string) => loadSettings({}, [target], environment);
  const after = settleDraft(
    { ...emptyDraft, name: "db", parameters: { host: "db2" } },
    load,
    environment,
    base,
  );
  expect(after.ok && [after.node.connection.host, after.node.lockTimeoutMs, after.node.cluster]).toEqual([
    "db2",
    77,
    "orders",
  ]);
});
