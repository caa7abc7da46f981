import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { commands } from "../../../src/commands/all.ts";
import { printConfig } from "../../../src/config/file/print.ts";
import { type DemoFleet, startDemoFleet } from "../../../src/services/throwaway/demo-cluster.ts";
import { seeded } from "../../support/seeded.ts";
import { keyBytes } from "../../support/terminal/keys.ts";
import type { Terminal } from "../../support/terminal/terminal.ts";
import { ready, watching } from "../../support/terminal/watching.ts";

/** All 200 take a while: `RANDOM_KEY_RUNS=200 bun test …`. */
const runs = Number(process.env["RANDOM_KEY_RUNS"] ?? 24);
const keysOfRun = 1000;
const sideBySide = 2;
const perRunMs = 60_000;

/** Escape in the form that may be followed by another key at once. */
const clearEscape = "\u001b[27u";
const named: Readonly<Record<string, string>> = {
  up: "Up",
  down: "Down",
  left: "Left",
  right: "Right",
  pageup: "PageUp",
  pagedown: "PageDown",
  home: "Home",
  end: "End",
  enter: "Enter",
  tab: "Tab",
  "shift-tab": "BackTab",
  space: "Space",
};

/** Every key but those that leave: Ctrl-Z drops what was typed ahead, as it does in every program. */
const bound = commands
  .filter(({ name }) => name !== "quit" && name !== "suspend")
  .flatMap(({ keys }) => keys)
  .map((chord) =>
    chord === "escape" ? clearEscape : keyBytes(named[chord] ?? chord.replace(/^ctrl-/, "C-")),
  );
const printable = Array.from({ length: 95 }, (_, at) => String.fromCharCode(32 + at));
const control = [..."abdefghiklnoprstuvwx"].map((letter) => keyBytes(`C-${letter}`));
const others = [
  "\u007f",
  "é",
  "👩‍👩‍👧",
  "\u001bx",
  "\u001b[1;3A",
  "\u001b[15~",
  "\u001b[I",
  "\u001b[<0;12;7M",
  "\u001b]11;rgb:1e1e/1e1e/1e1e\u001b\\",
  "\u001b[200~postgres://nobody@127.0.0.1:1/x\u001b[201~",
  "\u001b[200~y\u001b[201~",
];
/** What is bound, and the ways through lists and forms, more often than the rest. */
const pool = [bound, bound, bound, printable, control, others, ["\r", "\u001b[A", "\u001b[B"]];

/** The keys of a run. Without answers there is no y, the only key that says yes to a question. */
function keysFor(seed: number, answers: boolean): string[] {
  const next = seeded(seed * 7919 + 1);
  const keys: string[] = [];
  while (keys.length < keysOfRun) {
    const kind = pool[next(pool.length)] ?? bound;
    const key = kind[next(kind.length)] ?? "j";
    if (key !== "q" && (answers || (key !== "y" && key !== "Y"))) keys.push(key);
  }
  return keys;
}

let fleet: DemoFleet;
let config: string;
const folder = mkdtempSync(join(tmpdir(), "pgparade-random-"));

beforeAll(async () => {
  fleet = await startDemoFleet({});
  await fleet.ready;
  config = printConfig(fleet.nodes, {});
  for (const { port } of fleet.nodes.filter(({ name }) => /-1$|reports/.test(name))) {
    const client = new pg.Client({
      host: join(fleet.directory, "s"),
      port,
      user: "postgres",
      database: "postgres",
    });
    await client.connect();
    await client.query("alter role monitor set log_statement = 'all'");
    await client.end();
  }
  fleet.startWorkload();
}, 60_000);

afterAll(async () => {
  await fleet.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Presses the keys in bursts of 1 to 20, and waits until the program has obeyed the last one. */
async function mash(terminal: Terminal, keys: readonly string[], seed: number): Promise<void> {
  const next = seeded(seed);
  for (let at = 0; at < keys.length; ) {
    const burst = keys.slice(at, at + 1 + next(20));
    terminal.press(...burst);
    at += burst.length;
    await Bun.sleep(next(10));
  }
  terminal.press(...Array.from({ length: 12 }, () => clearEscape), "0", "?");
  await terminal.until(/NAVIGATION/, perRunMs);
}

async function run(seed: number): Promise<void> {
  const answers = seed % 8 === 7;
  const file = join(folder, `${seed}.yaml`);
  writeFileSync(file, config, { mode: 0o600 });
  // A yes to a signal would end what the workload runs.
  const args = ["--config", file, ...(answers ? ["--read-only"] : [])];
  await using terminal = watching(args, { columns: 100, rows: 30 });
  await ready(terminal, /● orders-1 +primary/, perRunMs);
  await mash(terminal, keysFor(seed, answers), seed);
  terminal.press(clearEscape);
  await terminal.until(/\? help/, perRunMs);
  if (!answers) expect(readFileSync(file, "utf8")).toBe(config);
  terminal.press("q");
  expect(await terminal.exited).toEqual({ code: 0, signal: null });
  expect(terminal.leftBehind()).toEqual([]);
}

test(
  `${runs} runs of ${keysOfRun} random keys: no exit, and no change of the config without a yes`,
  async () => {
    const seeds = Array.from({ length: runs }, (_, seed) => seed).values();
    const failures: string[] = [];
    const lane = async () => {
      for (const seed of seeds)
        await run(seed).catch((error: unknown) => failures.push(`seed ${seed}: ${String(error)}`));
    };
    await Promise.all(Array.from({ length: sideBySide }, lane));
    expect(failures).toEqual([]);
  },
  runs * perRunMs,
);

test("they sent nothing that acts, and no storm of logins", () => {
  const statements = new Set<string>();
  const sessions = new Set<string>();
  for (const { name } of fleet.nodes) {
    const log = readFileSync(join(fleet.directory, name, "server.log"), "utf8");
    for (const [, pid = "", text = ""] of log.matchAll(
      /\[(\d+)\] pgparade LOG: {2}(?:statement|execute [^:]*): ([\s\S]*?)(?=\n\d{4}-\d\d-\d\d |$)/g,
    )) {
      sessions.add(`${name} ${pid}`);
      statements.add(text.trim());
    }
    // Where it disconnects, the program cancels a statement of its own.
    const ended =
      /\] (?!pgparade )\S* ?(?:ERROR|FATAL): {2}(?:canceling statement due to user|terminating) .*/g;
    expect(log.match(ended)).toBeNull();
  }
  expect(statements.size).toBeGreaterThan(3);
  const acting = [...statements].filter(
    (text) =>
      !/^(begin|commit|rollback|select|with|show|set|reset|discard|deallocate)\b/i.test(text) ||
      /pg_(cancel|terminate)_backend|pg_reload_conf|pg_stat\w*_reset(?!_time)|pg_promote|pg_switch_wal/i.test(
        text,
      ),
  );
  expect(acting).toEqual([]);
  // A key that connects, tests or undoes makes one login at most.
  const connecting = /^[cutry]$|\u0014|\r/;
  const presses = Array.from({ length: runs }, (_, seed) => keysFor(seed, seed % 8 === 7)).flat();
  const allowed = runs * fleet.nodes.length * 2 + presses.filter((key) => connecting.test(key)).length;
  expect(sessions.size).toBeLessThan(allowed);
});
