import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serversForTests } from "../support/servers/servers.ts";
import { ready, watching } from "../support/terminal/watching.ts";

const servers = serversForTests();
const root = mkdtempSync(join(tmpdir(), "pgparade-standby-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

test("a standby that only its primary sees is saved into the cluster of its primary", async () => {
  const { primary, standbys } = await servers.cluster("shop", 1);
  const [standby] = standbys;
  if (!standby) throw new Error("no standby");
  const first = `nodes:\n  main:\n    host: 127.0.0.1\n    port: ${primary.port}\n    user: monitor\n    database: postgres\n`;
  const file = join(root, "config.yaml");
  const clusters = "clusters:\n  shop:\n    production: true\n    nodes:\n      - main # first\n";
  writeFileSync(file, `${first}${clusters}`, { mode: 0o600 });
  await using terminal = watching(["--config", file]);
  await ready(terminal, /● main prod primary/);
  terminal.press(...":topology", "Enter");
  await terminal.until(/not watched/);
  terminal.press("G", "a");
  await terminal.until(/New connection[\s\S]*Cluster +shop/);
  terminal.press(...String(standby.port), "C-s");
  await terminal.until(/in cluster shop\? y saves it/);
  terminal.press("y");
  await terminal.until(/saved in config\.yaml, in cluster shop/);
  const saved = readFileSync(file, "utf8");
  const name = /^ {2}(?!main:|shop:)(\S+):$/m.exec(saved)?.[1];
  expect(saved).toEndWith(`      - main # first\n      - ${name}\n`);
  expect(saved.match(/production/g)).toHaveLength(1);
  terminal.press("q");
  expect(await terminal.exited).toEqual({ code: 0, signal: null });
});
