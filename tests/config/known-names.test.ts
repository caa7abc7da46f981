import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadSettings } from "../../src/config/load.ts";

const directory = mkdtempSync(join(tmpdir(), "pgparade-names-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function told(text: string, flags: object = {}): string {
  const config = join(directory, "config.yaml");
  writeFileSync(config, text, { mode: 0o600 });
  const loaded = loadSettings({ config, ...flags }, [], {});
  return loaded.ok ? loaded.settings.warnings.join("\n") : loaded.error.message;
}

/** Names that a terminal would act upon, or that may be a connection string with a password. */
const hostile = ["\\e[2J\\e]0;x\\a", "a\\u202eb", "a\\nb", "postgres://u:SECRETPW@h", "password=SECRETPW"];

test.each(hostile)("a list of known names shows none that a terminal obeys: %p", (name) => {
  const nodes = `nodes: {"${name}": {host: h}}\n`;
  const messages = [
    told(`${nodes}clusters: {c: {nodes: [quite-another]}}\n`),
    told(`${nodes}clusters: {"${name}": {nodes: ["${name}"]}}\n`, { cluster: "quite-another" }),
    told(`nodes: {h: {host: h, group: "${name.replaceAll("\\", "\\")}"}}\n`, { group: "quite-another" }),
    told(`${nodes}clusters: {a: {nodes: ["${name}"]}, b: {nodes: ["${name}"]}}\n`),
    told(`nodes: {a: {host: h, "${name}": 1}}\n`),
    told(`"${name}": 1\n`),
  ];
  for (const message of messages) {
    expect(message.split("\n").join(" ")).not.toMatch(/[\p{Cc}\u202e]|SECRETPW/u);
    expect(message).not.toBe("");
  }
});
