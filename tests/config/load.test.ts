import { afterAll, describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadSettings } from "../../src/config/load.ts";
import { problemsOf, settingsOf } from "./config-file.ts";

const dollar = "$";

const fleet = `
refresh: 2s
defaults:
  user: monitor
  sslmode: require
  pool: { max: 3 }
  thresholds: { replication_lag: { warning: 5s } }
thresholds:
  replication_lag: { warning: 7s, critical: 70s }
  connections_used: { critical: 90% }
  replication_lag_bytes: { warning: off }
nodes:
  a1: postgresql://ana@a1.example:6000/app
  a2: { host: a2, port: 5433, database: app, group: east, colour: red, pool: { idle_timeout: 10s, databases: 1 } }
  b1: { host: b1, group: west, thresholds: { replication_lag: { warning: 1s } } }
  lone: host=/run/pg user=bob
clusters:
  a: { nodes: [a1, a2], default: true, colour: green, production: true }
  b: { nodes: [b1] }
`;

function node(settings: ReturnType<typeof settingsOf>, name: string) {
  const found = settings.nodes.find((candidate) => candidate.name === name);
  if (!found) throw new Error(`no node ${name}`);
  return found;
}

describe("a file", () => {
  test("has its groups in the order in which it declares them, then in that of its nodes", () => {
    const groups = "groups: { west: { colour: blue, folded: true }, empty: }\n";
    expect(settingsOf(`${fleet}${groups}`).groups).toEqual([
      { name: "west", colour: "blue", folded: true },
      { name: "empty", colour: null, folded: false },
      { name: "east", colour: null, folded: false },
    ]);
  });

  test("gives nodes from strings and fields, with the defaults of the file and of the program", () => {
    const settings = settingsOf(fleet, { flags: { cluster: "a" } });
    expect(settings.refreshMs).toBe(2000);
    expect(node(settings, "a1").connection).toMatchObject({
      host: "a1.example",
      port: 6000,
      dbname: "app",
      user: "ana",
      sslmode: "require",
    });
    const a2 = node(settings, "a2");
    expect(a2.connection).toMatchObject({ host: "a2", port: 5433, dbname: "app", user: "monitor" });
    expect(a2).toMatchObject({ cluster: "a", group: "east", colour: "red", production: true });
    expect(a2.pool).toEqual({
      max: 3,
      idleTimeoutMs: 10_000,
      maxLifetimeMs: 0,
      acquireTimeoutMs: 3000,
      connectTimeoutMs: 3000,
      databases: 1,
      databaseIdleMs: 30_000,
    });
    expect(a2).toMatchObject({ statementTimeoutMs: 4000, lockTimeoutMs: 500 });
    expect(node(settings, "a1").colour).toBe("green");
  });

  test("gives thresholds: node over defaults over the whole file over the rule's own", () => {
    const settings = settingsOf(fleet, { flags: { group: "west" } });
    expect(node(settings, "b1").thresholds).toMatchObject({
      replication_lag: { warning: 1, critical: 70 },
      connections_used: { warning: 80, critical: 90 },
      replication_lag_bytes: { warning: null, critical: 1024 ** 3 },
      node_down: { warning: null, critical: 0 },
    });
  });

  test("shows the default cluster, a chosen cluster or group, or all when nothing is default", () => {
    const names = (flags: object, text = fleet) => settingsOf(text, { flags }).nodes.map(({ name }) => name);
    expect(names({})).toEqual(["a1", "a2"]);
    expect(names({ cluster: "b" })).toEqual(["b1"]);
    expect(names({ group: "west" })).toEqual(["b1"]);
    expect(names({ cluster: "a", group: "east" })).toEqual(["a2"]);
    expect(names({}, fleet.replace("default: true, ", ""))).toEqual(["a1", "a2", "b1", "lone"]);
    expect(settingsOf(fleet, { environment: { PGPARADE_CLUSTER: "b" } }).clusters).toEqual([
      { name: "b", colour: null, production: false, nodes: ["b1"] },
    ]);
  });

  test("without nodes leaves the server that psql would reach", () => {
    const settings = settingsOf("theme: light\n", { environment: { PGHOST: "db9", PGPORT: "6543" } });
    expect(settings.nodes.map(({ name }) => name)).toEqual(["db9:6543"]);
    expect(settings.theme).toBe("light");
  });

  test.each(["", "# only a comment\n", "nodes: {}\ntheme: light\n", "nodes:\nclusters:\nthresholds:\n"])(
    "may be empty, which is no node and not the server that psql would reach: %p",
    (text) => {
      expect(settingsOf(text).nodes).toEqual([]);
      expect(settingsOf(text).warnings.join()).toEndWith("config.yaml names no nodes");
      const target = settingsOf(text, { targets: ["host=db1"] });
      expect([target.nodes.length, target.warnings]).toEqual([1, []]);
    },
  );

  test("that is empty has no cluster to choose", () => {
    expect(problemsOf("", { flags: { cluster: "orders" } })).toEqual([
      "--cluster: expected a cluster of the config file, which has none, found another name. Name a cluster that the config file has.",
    ]);
  });

  test("may use an alias", () => {
    const settings = settingsOf(
      "nodes:\n  one: &a {host: h}\n  other: *a\nclusters:\n  both: {nodes: [one]}\n",
    );
    expect(settings.nodes.map(({ name, connection }) => [name, connection.host])).toEqual([
      ["one", "h"],
      ["other", "h"],
    ]);
  });
});

describe("variables in values", () => {
  test("fill fields and strings; a password keeps every character", () => {
    const environment = { PW: "p@ss/w rd%'#", PORT: "6001", URL: "postgresql://x:y%20z@h/db", PROD: "true" };
    const settings = settingsOf(
      `nodes:
  a:
    host: h
    port: ${dollar}{PORT}
    password: "${dollar}{PW}"
    production: ${dollar}{PROD}
  b: postgresql://u:${dollar}{PW}@h:${dollar}{PORT}/db
  c: "host=${dollar}{HOST:-h2} password=${dollar}{PW}"
  d: ${dollar}{URL}
`,
      { environment },
    );
    expect(node(settings, "a").connection).toMatchObject({ port: 6001 });
    expect(node(settings, "a").production).toBe(true);
    for (const name of ["a", "b", "c"])
      expect(node(settings, name).connection.password?.reveal()).toBe(environment.PW);
    expect(node(settings, "b").connection).toMatchObject({ host: "h", user: "u", port: 6001 });
    expect(node(settings, "c").connection.host).toBe("h2");
    expect(node(settings, "d").connection.password?.reveal()).toBe("y z");
  });
});

test("an empty variable for a password leaves it to PGPASSWORD, and text that says empty does not", () => {
  const environment = { PW: "", PGPASSWORD: "all" };
  const text = `nodes: { a: "postgres://u:${dollar}{PW}@h", b: "host=h password=${dollar}{PW}", c: "host=h password=''" }\n`;
  const { nodes } = settingsOf(text, { environment });
  expect(nodes.map(({ connection }) => connection.password?.reveal())).toEqual(["all", "all", undefined]);
});

describe("precedence", () => {
  const text = "refresh: 2s\ntheme: light\ncolor: true\nnodes: {n: {host: h, pool: {max: 4}}}\n";
  const environment = {
    PGPARADE_REFRESH: "3s",
    PGPARADE_POOL_MAX: "5",
    PGPARADE_LOG_LEVEL: "debug",
    PGPARADE_THRESHOLDS_REPLICATION_LAG_WARNING: "3s",
    PGPARADE_THRESHOLDS_REPLICATION_LAG_BYTES_CRITICAL: "off",
  };

  test("a variable beats the file, a flag beats the variable", () => {
    const settings = settingsOf(text, { environment });
    expect(settings).toMatchObject({ refreshMs: 3000, theme: "light", logLevel: "debug" });
    expect(node(settings, "n").pool.max).toBe(5);
    expect(node(settings, "n").thresholds.replication_lag.warning).toBe(3);
    expect(node(settings, "n").thresholds.replication_lag_bytes.critical).toBeNull();
    expect(settingsOf(text, { environment, flags: { refresh: "500ms" } }).refreshMs).toBe(500);
  });

  test("colour goes off by flag, NO_COLOR or PGPARADE_COLOR", () => {
    expect(settingsOf(text, { flags: { color: false } }).color).toBe(false);
    expect(settingsOf(text, { flags: { color: true } }).color).toBe(true);
    expect(settingsOf(text, { environment: { NO_COLOR: "1" } }).color).toBe(false);
    expect(settingsOf(text, { environment: { NO_COLOR: "1", PGPARADE_COLOR: "true" } }).color).toBe(true);
    expect(settingsOf(text, { environment: { NO_COLOR: "" } }).color).toBe(true);
  });

  test("wrong flags and variables are told by name, all at once", () => {
    expect(
      problemsOf("", {
        flags: { refresh: "1", theme: "drak" },
        environment: { PGPARADE_POOL_MAX: "0", PGPARADE_LOG_LEVEL: "loud" },
      }),
    ).toEqual([
      "--refresh: expected a time with its unit from 250ms to 1h, found other text. For example: --refresh=1s.",
      "--theme: expected one of dark, light, high-contrast, colour-blind, found other text. For example: --theme=dark.",
      "PGPARADE_LOG_LEVEL: expected one of debug, info, warn, error, found loud. For example: PGPARADE_LOG_LEVEL=info.",
      "PGPARADE_POOL_MAX: expected a whole number from 1 to 10, found 0. For example: PGPARADE_POOL_MAX=2.",
    ]);
  });

  test("a misspelt variable is a warning", () => {
    expect(
      settingsOf("theme: dark", { environment: { PGPARADE_REFRSH: "1s", PGPARADE_TEST_SERVERS: "x" } })
        .warnings,
    ).toEqual(["PGPARADE_REFRSH is not known. Did you mean PGPARADE_REFRESH?"]);
  });
});

describe("where the file is", () => {
  const home = mkdtempSync(join(tmpdir(), "pgparade-home-"));
  afterAll(() => rmSync(home, { recursive: true }));
  mkdirSync(join(home, ".config/pgparade"), { recursive: true });
  writeFileSync(join(home, ".config/pgparade/config.yaml"), "refresh: 9s\n");

  test("--config, else PGPARADE_CONFIG, else XDG_CONFIG_HOME, else ~/.config, else none", () => {
    const refresh = (flags: object, environment: Record<string, string>) => {
      const loaded = loadSettings(flags, [], environment);
      return loaded.ok ? loaded.settings.refreshMs : loaded.error.message;
    };
    const [one, two] = [join(home, "one.yaml"), join(home, "two.yaml")];
    writeFileSync(one, "refresh: 3s\n");
    writeFileSync(two, "refresh: 4s\n");
    expect(refresh({ config: one }, { PGPARADE_CONFIG: two, HOME: home })).toBe(3000);
    expect(refresh({}, { PGPARADE_CONFIG: two, HOME: home })).toBe(4000);
    expect(refresh({}, { XDG_CONFIG_HOME: join(home, ".config") })).toBe(9000);
    expect(refresh({}, { XDG_CONFIG_HOME: "relative", HOME: home })).toBe(9000);
    expect(refresh({}, { XDG_CONFIG_HOME: "/nonexistent", HOME: home })).toBe(1000);
    expect(refresh({}, {})).toBe(1000);
    expect(refresh({ config: "/nonexistent/x.yaml" }, {})).toContain(
      "/nonexistent/x.yaml: expected a config file",
    );
    expect(refresh({ config: home }, {})).toContain("found a directory");
  });
});

describe("TARGETs", () => {
  const names = (...targets: string[]) => {
    const loaded = loadSettings({}, targets, {});
    return loaded.ok ? loaded.settings.nodes.map(({ name }) => name) : [loaded.error.message];
  };

  test("are nodes named by host and port, longer only where two would collide", () => {
    expect(names("postgresql://h1", "host=h2 port=6000")).toEqual(["h1:5432", "h2:6000"]);
    expect(names("postgres://h/a", "postgres://h/b", "postgres://g/a")).toEqual([
      "h:5432/a",
      "h:5432/b",
      "g:5432",
    ]);
    expect(names("postgres://x@h/a", "postgres://y@h/a")).toEqual(["x@h:5432/a", "y@h:5432/a"]);
    expect(names("postgres://[::1]/a")).toEqual(["[::1]:5432"]);
  });

  test("stand instead of the file's nodes and take its defaults", () => {
    const settings = settingsOf(fleet, { targets: ["host=t"], environment: { PGPARADE_CLUSTER: "b" } });
    expect(settings.nodes).toMatchObject([
      { name: "t:5432", cluster: null, connection: { user: "monitor" } },
    ]);
    expect(settings.clusters).toEqual([]);
  });

  test("that are wrong are told by their number, without their text", () => {
    expect(names("db1")).toEqual([
      'TARGET 1: expected a connection URI or keyword=value pairs, found a keyword without "=" after it at character 1. For example: postgresql://db1/postgres or host=db1.',
    ]);
    expect(names("postgres://h:SECRETPW/x")[0]).toMatch(/^TARGET 1: expected a port[^S]*$/);
    expect(names("host=h", "host=h")[0]).toContain("twice");
    expect(names("")[0]).toContain("empty text");
    expect(problemsOf(fleet, { targets: ["host=t"], flags: { cluster: "a" } })[0]).toContain(
      "Leave out --cluster.",
    );
  });
});

test("with no file and no TARGET the server is the one that psql would reach", () => {
  const account = spawnSync("id", ["-un"], { encoding: "utf8" }).stdout.trim();
  const loaded = loadSettings({}, [], { PGHOST: "h", PGDATABASE: "d", PGPASSWORD: "pw", USER: "mallory" });
  if (!loaded.ok) throw loaded.error;
  expect(loaded.settings).toMatchObject({
    file: null,
    refreshMs: 1000,
    theme: "dark",
    ascii: false,
    color: true,
  });
  expect(loaded.settings.nodes).toMatchObject([
    { name: "h:5432", connection: { host: "h", dbname: "d", user: account, sslmode: "prefer" } },
  ]);
  expect(loadSettings({}, [], { PGPORT: "SECRETPW" })).toMatchObject({
    ok: false,
    error: {
      message: "PGPORT: expected a port from 1 to 65535, found something else. Change or remove PGPORT.",
    },
  });
});
