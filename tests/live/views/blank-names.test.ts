import { expect, test } from "bun:test";
import { serversForTests } from "../../support/servers/servers.ts";
import { runProgram } from "../../support/terminal/program.ts";

const servers = serversForTests();

test("a database with a name that draws nothing is seen, and told from its neighbours", async () => {
  const names = ["\u2800", "\u00a0", " ", "\u3164", " postgres", "post\u2009gres"];
  const server = await servers.lone("blank");
  for (const name of names) await server.query(`create database "${name}"`);
  const target = `postgresql://monitor@127.0.0.1:${server.port}/postgres`;
  const { stdout } = await runProgram(["show", "databases", target]);
  for (const shown of ["\\u2800", "\\xa0", "\\x20", "\\u3164", "\\x20postgres", "post\\u2009gres"])
    expect(stdout).toContain(` ${shown} `);
  const own = await runProgram(["config", "show", `dbname=\u2800 host=127.0.0.1`]);
  expect(own.stdout).toMatch(/dbname +\\u2800 /);
  // JSON stays exact.
  const { stdout: json } = await runProgram(["show", "databases", target, "--format", "json"]);
  const [node] = JSON.parse(json).nodes;
  const found = node.rows.map((row: { datname: string }) => row.datname);
  for (const name of names) expect(found).toContain(name);
});
