import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { program } from "../../support/terminal/program.ts";

const folder = mkdtempSync(join(tmpdir(), "pgparade-lost-output-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** So many nodes that what is shown of them fills every buffer on the way. */
const large = join(folder, "large.yaml");
const nodes = Array.from({ length: 400 }, (_, at) => `  n${at}: { host: h, user: u, database: d }\n`);
writeFileSync(large, `nodes:\n${nodes.join("")}`, { mode: 0o600 });

const dead = "host=127.0.0.1 port=1 user=monitor sslmode=disable";
/** Each with the exit code that it has when its output is read. */
const commands: readonly (readonly [args: readonly string[], code: number])[] = [
  [["check", dead], 2],
  [["check", "--format", "json", dead], 2],
  [["show", "fleet", dead], 2],
  [["show", "fleet", "--format", "csv", dead], 2],
  [["show"], 0],
  [["config", "show", "--config", large, "--format", "json"], 0],
  [["config", "show", "--config", large], 0],
  [["config", "show", "--format", "json", "port=x"], 2],
  [["config", "schema"], 0],
  [["config", "validate", large], 0],
  [["config", "path", "--config", large], 0],
  [["--help"], 0],
  [["help", "check"], 0],
  [["check", "--help"], 0],
  [["--version"], 0],
];

/** The program's own exit code and what it says on stderr, with its output as the shell's text directs it. */
async function directed(args: readonly string[], where: string) {
  const script = `{ "$@"; echo "code $?" >&2; } ${where}`;
  const child = Bun.spawn(["sh", "-c", script, "sh", ...program(...args)], {
    env: { PATH: process.env["PATH"], HOME: folder },
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  });
  const told = await child.stderr.text();
  return { code: Number(/code (\d+)\n$/.exec(told)?.[1]), told: told.replace(/code \d+\n$/, "") };
}

describe.each(commands)("%p", (args, code) => {
  test("a reader that has gone changes neither the exit code nor stderr", async () => {
    const read = await directed(args, "> /dev/null");
    expect(read.code).toBe(code);
    expect(await directed(args, "| true")).toEqual(read);
    expect(await directed(args, "| head -c 5")).toEqual(read);
  });

  test.skipIf(!existsSync("/dev/full"))("a disk that is full is told and is 3", async () => {
    const { code, told } = await directed(args, "> /dev/full");
    expect(told).toMatch(/^(?:.*\n)*pgparade: the output could not be written: .*no space left.*\n$/i);
    expect(code).toBe(3);
  });
});
