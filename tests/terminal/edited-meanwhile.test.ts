import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ready, watching } from "../support/terminal/watching.ts";

const root = mkdtempSync(join(tmpdir(), "pgparade-meanwhile-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

test("what somebody else writes of a node while its form is open is neither overwritten nor hidden", async () => {
  const file = join(root, "config.yaml");
  const written = (fields: string) => `nodes:\n  a: { host: 127.0.0.1, ${fields} }\n`;
  writeFileSync(file, written("port: 1"), { mode: 0o600 });
  await using terminal = watching(["--config", file]);
  await ready(terminal, /✖ a /);
  terminal.press("o", "e");
  await terminal.until(/Change a[\s\S]*Port +1/);
  terminal.press("Down", "Down", "Down", ..."shop");
  await terminal.until(/❯ +Database +shop/);
  writeFileSync(file, written("port: 2, colour: red"));
  terminal.press("C-s", "y");
  await terminal.until(/changed in the file meanwhile[\s\S]*Port +2[\s\S]*Database +shop[\s\S]*Colour +red/);
  expect(readFileSync(file, "utf8")).toBe(written("port: 2, colour: red"));
  terminal.press("C-s", "y");
  await terminal.until(/a saved in config\.yaml/);
  expect(readFileSync(file, "utf8")).toBe(written("port: 2, database: shop, colour: red"));

  terminal.press("e");
  await terminal.until(/Change a[\s\S]*Port +2/);
  terminal.press("Down", "Down", "C-u", "3");
  await terminal.until(/❯ +Port +3/);
  writeFileSync(file, "nodes: {}\nrefresh: 2s\n");
  await terminal.until(/every 2s/);
  terminal.press("C-s", "y");
  await terminal.until(/New connection[\s\S]*a is gone meanwhile[\s\S]*Port +3/);
  expect(readFileSync(file, "utf8")).toBe("nodes: {}\nrefresh: 2s\n");
});
