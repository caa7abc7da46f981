import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runProgram } from "../../support/terminal/program.ts";

const home = mkdtempSync(join(tmpdir(), "pgparade-init-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

test("config init writes a file that validates, for its owner only, and never over another", async () => {
  const file = join(home, ".config/pgparade/config.yaml");
  const init = await runProgram(["config", "init"], { HOME: home });
  expect(init).toEqual({ code: 0, stdout: `${file}\n`, stderr: "" });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(await runProgram(["config", "validate"], { HOME: home })).toMatchObject({ code: 0, stderr: "" });

  writeFileSync(file, "theme: light\n");
  const again = await runProgram(["config", "init"], { HOME: home });
  expect(again).toMatchObject({ code: 1, stdout: "" });
  expect(again.stderr).toContain("is there already");
  expect(readFileSync(file, "utf8")).toBe("theme: light\n");
});

test("config init writes where it is told to", async () => {
  const named = join(home, "named.yaml");
  const environment = { HOME: home, PGPARADE_CONFIG: join(home, "variable.yaml") };
  expect((await runProgram(["config", "init", named], environment)).stdout).toBe(`${named}\n`);
  expect((await runProgram(["config", "init"], environment)).stdout).toContain("variable.yaml");
  const hopeless = await runProgram(["config", "init", "/dev/null/x.yaml"], environment);
  expect(hopeless).toMatchObject({ code: 1, stdout: "" });
  expect(hopeless.stderr).toStartWith("pgparade: /dev/null/x.yaml could not be written");
});

test("config schema prints the form of the file", async () => {
  const { code, stdout } = await runProgram(["config", "schema"]);
  expect(code).toBe(0);
  expect(Object.keys(JSON.parse(stdout).properties)).toContain("nodes");
});
