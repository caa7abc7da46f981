import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { printConfig } from "../../src/config/file/print.ts";
import { loadSettings } from "../../src/config/load.ts";

test("a printed config is read back as it was meant", () => {
  const folder = mkdtempSync(join(tmpdir(), "pgparade-print-"));
  const node = { group: null, host: "127.0.0.1", user: "monitor", database: "shop" };
  const file = join(folder, "config.yaml");
  const text = printConfig(
    [
      { ...node, name: "orders-1", cluster: "orders", port: 20001 },
      { ...node, name: "reports", cluster: null, port: 20002 },
    ],
    { oldest_transaction: { warning: "1min" } },
  );
  writeFileSync(file, text, { mode: 0o600 });
  const loaded = loadSettings({ config: file }, [], {});
  rmSync(folder, { recursive: true });
  if (!loaded.ok) throw loaded.error;
  expect(
    loaded.settings.nodes.map(({ name, cluster, connection }) => [name, cluster, connection.port]),
  ).toEqual([
    ["orders-1", "orders", 20001],
    ["reports", null, 20002],
  ]);
  expect(loaded.settings.nodes[0]?.thresholds.oldest_transaction.warning).toBe(60);
});
