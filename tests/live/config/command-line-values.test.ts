import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { program, runProgram } from "../../support/terminal/program.ts";
import { start } from "../../support/terminal/terminal.ts";

const slip = "SECRETPW-9";

/** A command line with a value where it does not belong, and the beginning of what is said of it. */
const cases: [readonly string[], string][] = [
  [["show", "fleet", "--interval", slip], "pgparade show: --interval wants a time such as 1s or 500ms"],
  [["show", "fleet", "--interval", "100000h"], "pgparade show: --interval wants a time such as 1s or 500ms"],
  [["show", "fleet", "--format", slip], "error: --format wants one of table, json, csv"],
  [["check", `--format=${slip}`], "error: --format wants one of table, json"],
  [["show", slip], "pgparade show: there is no such view; there are fleet"],
  [["show", "activty"], "pgparade show: there is no such view; did you mean activity?"],
  [[`-W${slip}`], "error: unknown option (argument 1)"],
  [["check", "-W", slip], "error: unknown option (argument 2)"],
  [[`--${slip}`], "error: unknown option (argument 1)"],
  [["--them", slip], "error: unknown option (argument 1)\n(Did you mean --theme?)"],
  [[`--x\n(Did you mean ${slip}?)`], "error: unknown option (argument 1)"],
  [["check", `--explicit=${slip}`], "error: --explicit is an option of another command"],
  [["chekc"], "error: there is no such command; did you mean check?"],
  [["shwo", slip], "error: there is no such command; did you mean show?"],
  [[slip], "TARGET 1: expected a connection URI"],
  [["config", slip], "error: unknown command (argument 2)"],
  [["config", "vlidate", slip], "error: unknown command (argument 2)\n(Did you mean validate?)"],
  [["config", "schema", slip], "error: too many arguments for 'schema'. Expected 0 arguments but got 1\n"],
  [["config", "path", slip, "x"], "error: too many arguments for 'path'. Expected 0 arguments but got 2\n"],
  [["demo", slip], "error: too many arguments for 'demo'. Expected 0 arguments but got 1\n"],
  [["demo", "--nodes", slip], "pgparade demo: --nodes wants a number from 0 to 50"],
  [
    ["demo", "--incident", slip],
    "error: --incident wants one of lock-chain, idle-in-transaction, lag, slot,",
  ],
  [
    ["demo", "--incident", "lag", "--incident-after", slip],
    "pgparade demo: --incident-after wants a time such as",
  ],
  [["--theme", slip.toLowerCase()], "--theme: expected one of dark"],
  [["--theme", "secretpw"], "--theme: expected one of dark"],
  [["--refresh", "9"], "--refresh: expected a time with its unit"],
  [["--log-level", "secretpw"], "--log-level: expected one of debug"],
  [["check", "--config", slip], "the config file: expected a config file that can be read, found no such"],
  [["config", "validate", slip], "the config file: expected a config file that can be read, found no such"],
  [["check", "--config", "/dev/null", "--cluster", slip], "--cluster: expected"],
  [["check", "--config", "/dev/null", "--group", slip], "--group: expected"],
  [["config", "init", `/dev/null/${slip}`], "pgparade: the file could not be written"],
  [["config", "init", "--config", `/dev/null/${slip}`], "pgparade: the file could not be written"],
  [["check", `service=${slip}`], "service: expected a section of that name"],
  [["check", `servicefile=${slip} service=x`], "servicefile: expected a service file"],
  [["check", `host=${slip}`, `host=${slip}`], "TARGET: expected each once"],
  [["check", `postgresql://me:1@${slip}@db1/x`], "TARGET 1: expected a host name, found an @ in it"],
  [["check", `postgresql://me:1/${slip}@db1/x`], "TARGET 1: expected a database, found an @ and a / in it"],
  [
    ["show", "fleet", `jdbc:postgresql://me:1/${slip}@db1/x`],
    "TARGET 1: expected a database, found an @ and",
  ],
  [["check", `port=${slip}`], "TARGET 1: expected a port"],
];

test.each(cases)("%p says what is wrong without a value", async (args, said) => {
  const { code, stdout, stderr } = await runProgram(args);
  expect(stderr).toStartWith(said);
  expect([1, 2, 3]).toContain(code);
  expect(`${stdout}${stderr}`.toLowerCase()).not.toContain("secretpw");
});

test("a path that a terminal would obey is escaped on it, and exact for a program that reads it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "pgparade-paths-"));
  const file = join(folder, "f\u001b]0;trap\u0007\u009b31m.yaml");
  writeFileSync(file, "nodes: {}\n", { mode: 0o600 });
  const absent = join(folder, "no\u001b[32m.yaml");
  try {
    for (const args of [
      ["config", "path", "--config", file],
      ["config", "validate", file],
      ["config", "init", file],
      ["config", "validate", absent],
      ["check", "--config", absent],
    ]) {
      await using terminal = start(program(...args), { columns: 200 });
      await terminal.exited;
      // The runtime paints what goes to standard error.
      const said = terminal.output().replace(/^\u001b\[0m\u001b\[31m|\u001b\[0m\r?$/gm, "");
      expect(said).not.toMatch(/[\u001b\u009b\u0007]/);
      const { stdout, stderr } = await runProgram(args);
      expect(stderr).not.toMatch(/[\u001b\u009b\u0007]/);
      if (args[1] === "path") expect(stdout).toBe(`${file}\n`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
