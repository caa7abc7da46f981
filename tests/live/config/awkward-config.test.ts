import { afterAll, describe, expect, test } from "bun:test";
import { execFileSync } from "node:child_process";
import { renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { awkwardFiles } from "../../support/awkward-files.ts";
import { type Finished, program, runProgram } from "../../support/terminal/program.ts";
import { inShell, ready, watching } from "../../support/terminal/watching.ts";

const awkward = await awkwardFiles();
afterAll(awkward.remove);

const kinds = Object.entries(awkward.paths);
/** A pipe that has a writer is read, so one without is waited for. */
const said = (why: RegExp) =>
  /pipe/.test(why.source) ? /found a pipe that nothing came from within 10 s/ : /found a/;
const nodes = "nodes:\n  a: {host: 127.0.0.1, port: 1, user: u}\n";
const plain = join(awkward.folder, "plain.yaml");
writeFileSync(plain, nodes, { mode: 0o600 });

/** Runs a command line of bash; `$program` in it is the program. */
async function bash(command: string): Promise<Finished> {
  const words = program().map((part) => `'${part}'`);
  const child = Bun.spawn(["bash", "-c", command.replaceAll("$program", words.join(" "))], {
    env: { PATH: process.env["PATH"], HOME: "/dev/null" },
    stdout: "pipe",
    stderr: "pipe",
  });
  const [code, stdout, stderr] = await Promise.all([
    child.exited,
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { code, stdout, stderr };
}

describe.each<[string, (path: string) => Promise<Finished>, number]>([
  ["config validate FILE", (path) => runProgram(["config", "validate", path]), 2],
  ["check --config", (path) => runProgram(["check", "--config", path]), 3],
  ["show with PGPARADE_CONFIG", (path) => runProgram(["show", "fleet"], { PGPARADE_CONFIG: path }), 3],
  ["PGSERVICEFILE", (path) => runProgram(["check", "service=s"], { PGSERVICEFILE: path }), 3],
])("%s", (_, run, expected) => {
  test.concurrent("ends in words for each kind of path that is no file", async () => {
    const runs = await Promise.all(
      kinds.map(async ([kind, [path, why]]) => ({ kind, why, path, ended: await run(path) })),
    );
    for (const { kind, why, path, ended } of runs) {
      expect([kind, ended.code, ended.stdout]).toEqual([kind, expected, ""]);
      expect(ended.stderr).toContain(path);
      expect(ended.stderr).toMatch(said(why));
    }
  });
});

describe("a config from a pipe", () => {
  test("is read to its end, however slowly it comes", async () => {
    const slowly = `<(while IFS= read -rn1 c; do printf %s "\${c:-$'\\n'}"; sleep 0.01; done < '${plain}')`;
    for (const given of [`<(cat '${plain}')`, `<(sleep 0.5; cat '${plain}')`, slowly]) {
      const { code, stdout, stderr } = await bash(`$program config validate ${given}`);
      expect([given, code, stderr]).toEqual([given, 0, ""]);
      expect(stdout).toContain("no mistakes, 1 node to watch");
    }
    const piped = await bash(`cat '${plain}' | $program config validate /dev/stdin`);
    expect(piped).toMatchObject({ code: 0, stderr: "" });
    const service = await bash(
      `PGSERVICEFILE=<(printf '[s]\\nhost=127.0.0.1\\nport=1\\n') $program config show service=s`,
    );
    expect([service.code, service.stdout]).toEqual([0, expect.stringContaining("127.0.0.1")]);
  });

  test("without an end, or with a writer that is silent, is given up", async () => {
    const [endless, silent] = await Promise.all([
      bash(`$program config validate <(yes '# nothing')`),
      bash(`$program config validate <(printf 'nodes: {}\\n'; exec sleep 20 2>&-)`),
    ]);
    expect([endless.code, endless.stderr]).toEqual([2, expect.stringContaining("a file of more than 1 MB")]);
    expect([silent.code, silent.stderr]).toEqual([
      2,
      expect.stringContaining("a pipe without an end within 10 s"),
    ]);
  });

  test("counts until the end of the program, which does not write over it", async () => {
    await using terminal = inShell(`$program --config <(cat '${plain}')`, []);
    await ready(terminal, /✖ a /);
    terminal.press("o", "e");
    await terminal.until(/Change a[\s\S]*Port +1/);
    terminal.press("Down", "Down", "C-u", "2", "C-s", "y");
    await terminal.until(/is a named pipe/);
  });
});

test("a watched config that becomes no file is told in words, and the screen goes on", async () => {
  const file = join(awkward.folder, "watched.yaml");
  writeFileSync(file, nodes, { mode: 0o600 });
  await using terminal = watching(["--config", file], { columns: 160 });
  await ready(terminal, /✖ a /);
  const replace = (path: string) => {
    rmSync(`${file}.new`, { force: true });
    symlinkSync(path, `${file}.new`);
    renameSync(`${file}.new`, file);
  };
  for (const [kind, [path, why]] of kinds) {
    if (kind === "a loop of links") continue;
    replace(path);
    const found = why.source.replace(/^is /, "").replace("larger than", "a file of more than");
    await terminal.until(new RegExp(`config kept: watched\\.yaml: .*found ${found}`));
    terminal.press("?");
    await terminal.until(/NAVIGATION/);
    terminal.press("Escape");
    await terminal.until((rows) => !/NAVIGATION/.test(rows.join("\n")));
    replace(plain);
    await terminal.until(/watched\.yaml applied/);
  }
  // A pipe itself, and not a link to one.
  execFileSync("mkfifo", [`${file}.pipe`]);
  renameSync(`${file}.pipe`, file);
  await terminal.until(/config kept: watched\.yaml: .*found a named pipe/);
  terminal.press("q");
  expect(await terminal.exited).toEqual({ code: 0, signal: null });
});
