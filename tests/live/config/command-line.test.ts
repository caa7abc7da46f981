import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { program, runProgram } from "../../support/terminal/program.ts";
import { start } from "../../support/terminal/terminal.ts";

const folder = mkdtempSync(join(tmpdir(), "pgparade-command-line-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = join(folder, "fleet.yaml");
const node = (port: number) => `{ host: 127.0.0.1, port: ${port}, sslmode: disable }`;
writeFileSync(
  file,
  `nodes: { far: ${node(1)}, near: ${node(2)} }\nclusters: { one: { nodes: [far] }, two: { nodes: [near] } }\n`,
  { mode: 0o600 },
);
const env = { PGUSER: "monitor" };

test("options before the command choose the servers that it judges", async () => {
  const { code, stdout } = await runProgram(
    ["--config", file, "--cluster", "one", "--format", "json", "check"],
    env,
  );
  expect(JSON.parse(stdout).nodes.map(({ name }: { name: string }) => name)).toEqual(["far"]);
  expect(code).toBe(2);
  const shown = await runProgram(["--cluster=two", "show", "--config", file, "fleet"], env);
  expect(shown.stdout).toContain("near");
  expect(shown.stdout).not.toContain("far");
  const listed = await runProgram(["config", "--config", file, "show", "--cluster", "two"], env);
  expect(listed.stdout).toMatch(/^near:/);
});

test("an option that cannot apply to the command is refused, and nothing is asked", async () => {
  for (const args of [
    ["--refresh", "5s", "check"],
    ["--own", "check"],
    ["config", "--explicit", "path"],
    ["--config", file, "demo"],
    ["--format", "json"],
  ]) {
    const { code, stdout, stderr } = await runProgram(args, env);
    expect([code, stdout]).toEqual([3, ""]);
    expect(stderr).toContain(`${args.find((word) => word.startsWith("--"))} cannot apply to pgparade`);
  }
});

test("--ascii counts for tables, on either side and as the variable", async () => {
  for (const [args, variables] of [
    [["--ascii", "check", "host=127.0.0.1 port=1"], {}],
    [["check", "--ascii", "host=127.0.0.1 port=1"], {}],
    [["check", "host=127.0.0.1 port=1"], { PGPARADE_ASCII: "true" }],
  ] as const) {
    await using terminal = start(program(...args), { columns: 40, env: { ...env, ...variables } });
    await terminal.exited;
    const [, line = ""] = await terminal.screen();
    expect(line).toMatch(/^critical +127\.0\.0\.1:1 .*~$/);
  }
});

test("an empty value is refused, and no other servers are asked", async () => {
  for (const [args, named] of [
    [["--config", "", "check"], "--config"],
    [["check", "--config="], "--config"],
    [["--config=", "show", "fleet"], "--config"],
    [["config", "--config=", "path"], "--config"],
    [["show", "fleet", "--cluster="], "--cluster"],
    [["demo", "--nodes=", "--no-ui"], "--nodes"],
    [["config", "validate", ""], "the file"],
    [["config", "init", ""], "the file"],
    [["--refresh", ""], "--refresh"],
  ] as const) {
    const { code, stdout, stderr } = await runProgram(args, { ...env, PGPARADE_CONFIG: file });
    expect([args, code, stdout]).toEqual([args, 3, ""]);
    expect(stderr).toMatch(new RegExp(`^error: .*${named} is empty: is a variable not set`));
  }
});

test("two files, one as the option and one as the argument, are refused", async () => {
  for (const command of ["validate", "init"]) {
    const named = ["config", command, file, "--config", join(folder, "other.yaml")];
    const { code, stdout, stderr } = await runProgram(named, env);
    expect([code, stdout]).toEqual([3, ""]);
    expect(stderr).toContain("name one file");
  }
});
