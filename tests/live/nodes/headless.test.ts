import { expect, test } from "bun:test";
import pg from "pg";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { program, runProgram } from "../../support/terminal/program.ts";
import { start } from "../../support/terminal/terminal.ts";

const servers = serversForTests();
const target = (server: ThrowawayServer) =>
  `postgres://monitor@127.0.0.1:${server.port}/postgres?sslmode=disable`;
const refused = "postgres://monitor@127.0.0.1:1/postgres";
const control = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/;

async function started() {
  const { primary, standbys } = await servers.cluster("orders", 1);
  const lone = await servers.lone("reports");
  return { primary, standby: standbys[0] ?? primary, lone };
}

type Shown = {
  schema: number;
  view: string;
  nodes: { name: string; state: string; rows?: Record<string, unknown>[]; error?: { kind: string } }[];
};

test("show activity lists the backends of every node, ours only when asked", async () => {
  const { primary, standby, lone } = await started();
  const hostile = "select 1 /* \u001b[31m \u001b]0;title\u0007 \u202e */, pg_catalog.pg_sleep(20)";
  const client = new pg.Client({ host: "127.0.0.1", port: lone.port, user: "bare", database: "postgres" });
  client.on("error", () => {});
  await client.connect();
  client.query(hostile).catch(() => {});
  const targets = [primary, standby, lone].map(target);
  const { code, stdout } = await runProgram(["show", "activity", "--format", "json", ...targets]);
  const shown: Shown = JSON.parse(stdout);
  expect(code).toBe(0);
  expect(shown).toMatchObject({ schema: 1, view: "activity" });
  expect(shown.nodes.map(({ name, state }) => [name, state])).toEqual(
    [primary, standby, lone].map(({ port }) => [`127.0.0.1:${port}`, "connected"]),
  );
  for (const { rows } of shown.nodes) {
    expect(rows?.some((row) => row["backend_type"] === "checkpointer")).toBe(true);
    expect(rows?.some((row) => row["application_name"] === "pgparade")).toBe(false);
  }
  expect(shown.nodes[2]?.rows?.find((row) => row["usename"] === "bare")?.["query"]).toBe(hostile);

  const own: Shown = JSON.parse(
    (await runProgram(["show", "activity", "--own", "--format", "json", ...targets])).stdout,
  );
  for (const { rows } of own.nodes)
    expect(rows?.filter((row) => row["application_name"] === "pgparade")).toHaveLength(1);

  const table = (await runProgram(["show", "activity", target(lone)])).stdout;
  expect(table).toContain("\\x1b[31m");
  expect(table).not.toMatch(control);
  client.connection.stream.destroy();
});

test("show fleet knows roles, lag and rates over all nodes, and has a row of one that is down", async () => {
  const { primary, standby, lone } = await started();
  const targets = [...[primary, standby, lone].map(target), refused];
  const { code, stdout } = await runProgram([
    "show",
    "fleet",
    "--format",
    "json",
    "--interval",
    "300ms",
    ...targets,
  ]);
  const { nodes }: Shown = JSON.parse(stdout);
  expect(code).toBe(1);
  expect(nodes[0]?.rows?.[0]).toMatchObject({
    in_recovery: false,
    lag_bytes: null,
    transactions: expect.any(Number),
  });
  expect(nodes[1]?.rows?.[0]).toMatchObject({
    in_recovery: true,
    lag_bytes: 0,
    lag_seconds: 0,
    receiver: "streaming",
  });
  expect(nodes[1]?.rows?.[0]?.["replay_lsn"]).toMatch(/^[0-9A-F]+\/[0-9A-F]+$/);
  expect(nodes[3]).toMatchObject({ state: "reconnecting", error: { kind: "refused" } });
  expect(nodes[3]?.rows).toMatchObject([
    { state: "down, reconnecting", connections: null, issue: expect.stringContaining("refused") },
  ]);
});

test("show topology has a row of each node, also of one that does not answer", async () => {
  const { primary, standby } = await started();
  const targets = [primary, standby].map(target);
  const args = ["show", "topology", ...targets, refused];
  const { code, stdout } = await runProgram([...args, "--format", "json"]);
  const { nodes }: Shown = JSON.parse(stdout);
  expect(code).toBe(1);
  expect(nodes.map(({ name, rows }) => rows?.map((row) => row["name"] === name))).toEqual([
    [true],
    [true],
    [true],
  ]);
  expect(nodes[2]).toMatchObject({
    error: { kind: "refused" },
    rows: [{ state: "down", level: "critical", problems: [expect.stringMatching(/^never reached/)] }],
  });
  const table = (await runProgram(args)).stdout;
  expect(table).toMatch(/127\.0\.0\.1:1 .*never reached/);
  expect(table).toContain("127.0.0.1:1: refused");
});

test("show edges has what a node says of itself, where another of its views is refused", async () => {
  const { primary, standby } = await started();
  const targets = [primary, standby].map(target);
  await primary.query("revoke select on pg_catalog.pg_stat_replication from public");
  try {
    const { nodes } = await until(async () => {
      const { stdout } = await runProgram(["show", "edges", "--format", "json", ...targets]);
      const shown: Shown = JSON.parse(stdout);
      return shown.nodes.every(({ error }) => error?.kind === "privilege") && shown;
    });
    expect(nodes[1]?.rows).toMatchObject([{ kind: "physical", downstream: nodes[1]?.name }]);
  } finally {
    await primary.query("grant select on pg_catalog.pg_stat_replication to public");
  }
});

test("show fleet tells a lag that was there from the start by the primary's own figure", async () => {
  const { primary, standby } = await started();
  await standby.query("select pg_catalog.pg_wal_replay_pause()");
  try {
    await primary.query("create table while_paused (); drop table while_paused");
    const { stdout } = await runProgram([
      "show",
      "fleet",
      "--format",
      "json",
      target(primary),
      target(standby),
    ]);
    const { nodes }: { nodes: { notes: string[]; rows: { lag_seconds: number }[] }[] } = JSON.parse(stdout);
    expect(nodes[1]?.rows[0]?.lag_seconds).toBeGreaterThan(0);
    expect(nodes.map(({ notes }) => notes)).toEqual([[], []]);
  } finally {
    await standby.query("select pg_catalog.pg_wal_replay_resume()");
  }
});

test("check tells each node's state and exits by the plugins' convention", async () => {
  const { primary, standby } = await started();
  const good = await runProgram(["check", "--format", "json", target(primary), target(standby)]);
  expect(good.code).toBe(0);
  const { status, nodes } = JSON.parse(good.stdout);
  expect(status).toBe("ok");
  expect(nodes[1]).toMatchObject({
    state: "connected",
    role: "standby",
    version: expect.stringMatching(/^\d+/),
    versionNum: expect.any(Number),
    latencyMs: expect.any(Number),
    startedAt: expect.stringMatching(/^\d{4}-.*Z$/),
    systemIdentifier: nodes[0].systemIdentifier,
    timeline: 1,
    tls: null,
    throughPooler: false,
    error: null,
  });
  const warned = await runProgram(["check", target(primary)], {
    PGPARADE_THRESHOLDS_CONNECTIONS_USED_WARNING: "0%",
  });
  expect(warned.code).toBe(1);
  expect(warned.stdout).toMatch(/connections [\d.]+% > 0%/);
});

test("with every node dead check exits 2 and names each reason", async () => {
  const wrong = "host=nosuch.invalid user=monitor dbname=postgres";
  const { code, stdout } = await runProgram(["check", refused, wrong]);
  expect(code).toBe(2);
  expect(stdout).toContain("refused: connection refused");
  expect(stdout).toContain("dns: host name not found");
});

test("bad usage exits 3 and says what there is", async () => {
  expect((await runProgram(["show", "nosuch"])).code).toBe(3);
  expect((await runProgram(["show", "nosuch"])).stderr).toContain("fleet, alerts, activity");
  expect((await runProgram(["check", "--format", "xml"])).code).toBe(3);
  expect((await runProgram(["check", "nonsense"])).code).toBe(3);
});

test("show alone lists the views", async () => {
  const { views } = JSON.parse((await runProgram(["show", "--format", "json"])).stdout);
  expect(views[0]).toEqual({ name: "fleet", title: "Fleet", source: expect.any(String), scope: "fleet" });
});

test("CSV is exact and opens with the columns", async () => {
  const { primary } = await started();
  const { stdout } = await runProgram(["show", "activity", "--format", "csv", target(primary)]);
  const [header, first] = stdout.split("\r\n");
  expect(header).toStartWith("node,age_ms,pid,datname,usename");
  expect(first).toStartWith(`127.0.0.1:${primary.port},`);
});

test("a counter is under its own name what the server counts, with its rate beside it", async () => {
  const { lone } = await started();
  await lone.query("create database worked");
  const client = new pg.Client({ host: "127.0.0.1", port: lone.port, user: "postgres", database: "worked" });
  await client.connect();
  await client.query("create table rows as select 1 as n");
  const countedIn = async () => {
    const [row] = await lone.query<{ rows: number }>(
      "select tup_inserted::int4 as rows from pg_catalog.pg_stat_database where datname = 'worked'",
    );
    return row?.rows ?? 0;
  };
  const shown = async (...flags: string[]) => {
    const command = ["show", "databases", "--format", "json", "--filter", "datname=worked", ...flags];
    const { nodes }: Shown = JSON.parse((await runProgram([...command, target(lone)])).stdout);
    return nodes[0]?.rows?.[0] ?? {};
  };
  let isWorking = true;
  const work = async () => {
    while (isWorking) {
      await client.query("insert into rows select generate_series(1, 100)");
      await Bun.sleep(20);
    }
  };
  const worked = work();
  const before = await until(async () => (await countedIn()) || null);
  const busy = await until(async () => {
    const row = await shown("--interval", "3s", "--sort", "-tup_inserted_per_second");
    return Number(row["tup_inserted_per_second"]) > 0 && row;
  });
  isWorking = false;
  await worked;
  await client.end();
  expect(busy["tup_inserted"]).toBeGreaterThanOrEqual(before);
  expect(Number(busy["tup_inserted_per_second"]) * 3).toBeLessThanOrEqual(Number(busy["tup_inserted"]));
  // Nobody is in that database any more; and one answer tells no rate.
  const [least, once, most] = [await countedIn(), await shown("--interval", "0s"), await countedIn()];
  expect(once["tup_inserted"]).toBeGreaterThanOrEqual(least);
  expect(once["tup_inserted"]).toBeLessThanOrEqual(most);
  expect(least).toBeGreaterThanOrEqual(Number(busy["tup_inserted"]));
  expect(once).toMatchObject({ tup_inserted_per_second: null, xact_commit_per_second: null });
  expect(once).not.toHaveProperty("commits");
});

test("hostile text of a session reaches no terminal as JSON or CSV, and a pipe gets it exactly", async () => {
  const { lone } = await started();
  const hostile = "select '\u009b31m \u009d0;title\u009c \u007f \u202e \u2066', pg_catalog.pg_sleep(20)";
  const client = new pg.Client({ host: "127.0.0.1", port: lone.port, user: "bare", database: "postgres" });
  client.on("error", () => {});
  await client.connect();
  client.query(hostile).catch(() => {});
  const command = ["show", "activity", target(lone), "--format"];
  const json = await runProgram([...command, "json"]);
  expect(json.stdout).not.toMatch(control);
  expect(json.stdout).toContain("\\u009b31m");
  const queries = JSON.parse(json.stdout).nodes[0].rows.map(({ query }: { query: string }) => query);
  expect(queries).toContain(hostile);
  expect((await runProgram([...command, "csv"])).stdout).toContain(`"${hostile}"`);
  await using terminal = start(program(...command, "csv"), { columns: 200 });
  expect((await terminal.exited).code).toBe(0);
  expect(terminal.output()).toContain("\\x9b31m \\x9d0;title\\x9c \\x7f \\u202e");
  expect(terminal.output().replaceAll("\r", "")).not.toMatch(control);
  client.connection.stream.destroy();
});
