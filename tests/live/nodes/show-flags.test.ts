import { afterAll, expect, test } from "bun:test";
import pg from "pg";
import { serversForTests } from "../../support/servers/servers.ts";
import { runProgram } from "../../support/terminal/program.ts";

const servers = serversForTests();
const clients: pg.Client[] = [];
afterAll(() => Promise.all(clients.map((client) => client.end().catch(() => {}))));

/** Rows of two nodes, each with two idle sessions and one in a transaction. */
async function targets(): Promise<string[]> {
  return await Promise.all(
    ["one", "two"].map(async (name) => {
      const { port } = await servers.lone(name);
      for (const [at, statement] of ["select 1", "select 2", "begin"].entries()) {
        const client = new pg.Client({
          ...{ host: "127.0.0.1", port, user: "bare", database: "postgres" },
          application_name: `${name}-${at}`,
        });
        client.on("error", () => {});
        await client.connect();
        clients.push(client);
        await client.query(statement);
      }
      return `postgresql://monitor@127.0.0.1:${port}/postgres?sslmode=disable`;
    }),
  );
}

test("show takes the filter, the order and the number of rows, over all nodes", async () => {
  const both = await targets();
  const csv = async (...flags: string[]) => {
    const { stdout } = await runProgram(["show", "activity", "--format", "csv", ...flags, ...both]);
    const [header = "", ...lines] = stdout.trim().split("\r\n");
    const at = header.split(",").indexOf("application_name");
    return lines.map((line) => line.split(",")[at]);
  };
  const apps = ["--filter", "usename=bare"];
  expect(await csv(...apps, "--sort", "application_name")).toEqual([
    ...["one-0", "one-1", "one-2", "two-0", "two-1", "two-2"],
  ]);
  expect(await csv(...apps, "--sort", "-application_name", "--limit", "2")).toEqual(["two-2", "two-1"]);
  expect((await csv(...apps, "--idle", "no")).toSorted()).toEqual(["one-2", "two-2"]);
  expect(await csv(...apps, "--idle", "yes", "--filter", "application_name:one !state:tx")).toHaveLength(2);
  expect(await csv("--filter", 'state:"idle in tx" xact_seconds<1h', "--sort", "node")).toHaveLength(2);
  // By its heading, or the beginning of its name.
  for (const app of ["APP", "application_n"])
    expect(await csv(...apps, "--sort", `-${app}`, "--limit", "1")).toEqual(["two-2"]);
});

test("a standby that matches is shown without the primary above it, as on the screen", async () => {
  const { primary, standbys } = await servers.cluster("pair");
  const nodes = [primary, ...standbys].map(
    ({ port }) => `postgresql://monitor@127.0.0.1:${port}/postgres?sslmode=disable`,
  );
  const roles = async (filter: string) => {
    const { stdout } = await runProgram(["show", "fleet", "--format", "json", "--filter", filter, ...nodes]);
    const { nodes: shown } = JSON.parse(stdout) as { nodes: { rows: { role: string }[] }[] };
    return shown.flatMap(({ rows }) => rows.map(({ role }) => role));
  };
  expect(await roles("role:standby")).toEqual(standbys.map(() => "standby"));
  // The state is drawn as a sign, and a plain word finds it.
  expect(await roles("connected")).toHaveLength(nodes.length);
});

test("a flag that cannot be obeyed is refused before any server is asked", async () => {
  const refusal = async (...flags: string[]) => {
    const { code, stderr } = await runProgram(["show", "activity", ...flags, "host=nosuch.invalid"]);
    expect(code).toBe(3);
    return stderr;
  };
  expect(await refusal("--filter", "nosuch>5")).toContain("--filter: ");
  expect(await refusal("--sort", "xact_secnods")).toContain(
    "; did you mean xact_seconds? there are node, pid,",
  );
  expect(await refusal("--sort", "-b")).toContain("--sort may mean backend_type or ");
  expect(await refusal("--limit", "0")).toContain("--limit wants a number of rows");
});
