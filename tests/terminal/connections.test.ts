import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serversForTests, until } from "../support/servers.ts";
import { ourBackends } from "../support/watched.ts";
import { ready, watching } from "../support/watching.ts";

const servers = serversForTests();
const root = mkdtempSync(join(tmpdir(), "pgparade-connections-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A config file in a folder of its own. */
function configFile(text: string): string {
  const file = join(mkdtempSync(join(root, "config-")), "config.yaml");
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}

test("a pasted string is connected without a word in the file, and survives an edit of it", async () => {
  const server = await servers.lone("one");
  const start = "# nothing yet\nnodes: {}\n";
  const file = configFile(start);
  await using terminal = watching(["--config", file]);
  await ready(terminal, /no nodes yet: o/);
  terminal.press("o");
  await terminal.until(/no connections yet: N/);
  terminal.press("N");
  await terminal.until(/From a string/);
  terminal.paste(`postgres://monitor:unused-s3cret@127.0.0.1:${server.port}/postgres\n`);
  await terminal.until(new RegExp(`Port +${server.port}`));
  terminal.press("Down");
  terminal.press(..."quick");
  await terminal.until(/❯ +Name +quick/);
  terminal.press("C-o");
  await terminal.until(/● quick +up.*not saved/);
  expect(readFileSync(file, "utf8")).toBe(start);
  expect(terminal.output()).not.toContain("s3cret");

  writeFileSync(file, "refresh: 500ms\nnodes: {}\n");
  await terminal.until(/every 500ms[\s\S]*● quick +up/);
  await until(async () => (await ourBackends(server)).length === 1);
  terminal.press("q");
  expect(await terminal.exited).toEqual({ code: 0, signal: null });
});
