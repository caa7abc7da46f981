import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serversForTests } from "../../support/servers/servers.ts";
import { runProgram } from "../../support/terminal/program.ts";
import { ready, watching } from "../../support/terminal/watching.ts";

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
  expect(own.stdout).toContain(`database "\\u2800"`);
  // JSON stays exact.
  const { stdout: json } = await runProgram(["show", "databases", target, "--format", "json"]);
  const [node] = JSON.parse(json).nodes;
  const found = node.rows.map((row: { datname: string }) => row.datname);
  for (const name of names) expect(found).toContain(name);
});

test("a node and a group with such names are seen in every question and notice, too", async () => {
  const folder = mkdtempSync(join(tmpdir(), "pgparade-blank-"));
  const file = join(folder, "fleet.yaml");
  const node = { host: "127.0.0.1", port: 1, user: "monitor", sslmode: "disable" };
  const config = { groups: { "g\u2800": {} }, nodes: { "\u2800": { ...node, group: "g\u2800" }, b: node } };
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  await using terminal = watching(["--config", file], { columns: 100, rows: 24 });
  await ready(terminal, /\\u2800 .*connection refused/);
  const steps: [string[], RegExp][] = [
    [["n"], /❯ \\u2800 /],
    [["Enter", "d"], /\\u2800: disconnected; u undoes it/],
    [["u"], /\\u2800: connecting again/],
    [["o", "j", "e"], /Change \\u2800/],
    [["C-s"], /Change \\u2800 in the config file\?/],
    [["y"], /\\u2800 saved in fleet\.yaml/],
    [["m"], /move to group:[\s\S]*none/],
    [["Enter"], /\\u2800/],
    [["y"], /\\u2800 is in no group now/],
    [["D"], /\\u2800/],
    [["y"], /\\u2800 deleted from fleet\.yaml/],
  ];
  for (const [keys, shown] of steps) {
    terminal.press(...keys);
    await terminal.until(shown);
  }
  terminal.press("q");
  await terminal.exited;
  rmSync(folder, { recursive: true });
});
