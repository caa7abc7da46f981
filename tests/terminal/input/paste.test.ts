import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serversForTests } from "../../support/servers/servers.ts";
import type { Terminal } from "../../support/terminal/terminal.ts";
import { ready, refusing, watching } from "../../support/terminal/watching.ts";

const servers = serversForTests();
const folder = mkdtempSync(join(tmpdir(), "pgparade-pasted-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const million = 1 << 20;
const bigMs = 20_000;

const prompts: [string, string[], RegExp, RegExp][] = [
  ["form", ["o", "N"], /From a string/, /cut at 8192 characters/],
  ["palette", [":"], /↵ go/, /cut at 256 characters/],
  ["picker", ["n"], /node:/, /cut at 256 characters/],
  ["filter", ["/"], /↵ keep/, /cut at 8192 characters/],
];

async function open(keys: readonly string[], shown: RegExp): Promise<Terminal> {
  const terminal = watching([refusing]);
  await ready(terminal, /connection refused/);
  terminal.press(...keys);
  await terminal.until(shown);
  return terminal;
}

test.each(prompts)(
  "a paste of 1 MB into the %s is cut with a word, and keys go on",
  async (_, keys, shown, cut) => {
    await using terminal = await open(keys, shown);
    terminal.paste("a=1 ".repeat(million / 4));
    await terminal.until(cut, bigMs);
    terminal.press("C-u", "x", "y", "z", "z", "y");
    await terminal.until(/xyzzy/);
    expect((await terminal.screen()).join("\n")).not.toContain("cut at");
  },
);

test("1 MB without bracketed paste does not hold up the form either", async () => {
  await using terminal = await open(["o", "N"], /From a string/);
  terminal.press("a=1 ".repeat(million / 4));
  await terminal.until(/cut at 8192 characters/, bigMs);
  terminal.press("C-u", "x", "y", "z", "z", "y");
  await terminal.until(/xyzzy/, bigMs);
});

test("a string of another program is connected, and the form names what it leaves out", async () => {
  const { port } = await servers.lone("one");
  const file = join(folder, "config.yaml");
  writeFileSync(file, "nodes: {}\n", { mode: 0o600 });
  await using terminal = watching(["--config", file]);
  await ready(terminal, /no nodes yet: o/);
  terminal.press("o");
  await terminal.until(/no connections yet: N/);
  terminal.press("N");
  await terminal.until(/From a string/);
  const query = "schema=app&pgbouncer=true&connection_limit=1&ssl=false";
  terminal.paste(`DATABASE_URL="postgresql://monitor:unused-s3cret@127.0.0.1:${port}/postgres?${query}"\n`);
  await terminal.until(/left out: schema, pgbouncer, connection_limit/);
  await terminal.until(new RegExp(`Port +${port}[\\s\\S]*SSL mode +disable`));
  terminal.press("C-s", "y");
  await terminal.until(/● postgres +up/);
  const written = readFileSync(file, "utf8");
  expect(written).toContain("sslmode: disable");
  expect(written).not.toMatch(/schema|pgbouncer|s3cret/);
  terminal.press("q");
  expect((await terminal.exited).code).toBe(0);
  expect(terminal.output()).not.toContain("s3cret");
});
