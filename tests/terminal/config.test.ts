import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runProgram } from "../support/terminal/program.ts";

const home = mkdtempSync(join(tmpdir(), "pgparade-config-"));
const file = join(home, ".config/pgparade/config.yaml");
afterAll(() => rmSync(home, { recursive: true, force: true }));

test("config path names the file that counts, or where it would be", async () => {
  const none = await runProgram(["config", "path"], { HOME: home });
  expect(none).toMatchObject({ code: 1, stdout: "" });
  expect(none.stderr).toContain(file);
  mkdirSync(join(home, ".config/pgparade"), { recursive: true });
  writeFileSync(file, "nodes: { a: { host: a } }\n", { mode: 0o600 });
  expect(await runProgram(["config", "path"], { HOME: home })).toEqual({
    code: 0,
    stdout: `${file}\n`,
    stderr: "",
  });
});

test("config validate tells every mistake with its place and no password", async () => {
  const good = join(home, "good.yaml");
  const bad = join(home, "bad.yaml");
  writeFileSync(good, "nodes: { a: { host: a }, b: { host: b } }\n", { mode: 0o600 });
  writeFileSync(bad, "refresh: 5\nnodes:\n  a: 'host=h password=SECRETPW oops'\n", { mode: 0o600 });
  expect(await runProgram(["config", "validate", good], { HOME: home })).toEqual({
    code: 0,
    stdout: `${good}: no mistakes, 2 nodes to watch\n`,
    stderr: "",
  });
  const { code, stdout, stderr } = await runProgram(["config", "validate", bad], { HOME: home });
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toContain(`${bad}:1:10: refresh: expected`);
  expect(stderr).toContain(`${bad}:3:6: nodes.a: expected`);
  expect(stderr).not.toContain("SECRETPW");
});
