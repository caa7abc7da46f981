import { loadSettings } from "../../src/config/load.ts";
import { ConnectionManager } from "../../src/services/nodes/connection-manager.ts";
import type { ThrowawayServer } from "../../src/services/throwaway/throwaway-server.ts";
import { median } from "../median.ts";

const statement = { name: "bench", text: "select pg_catalog.pg_sleep(0.05)" };
const rounds = 15;

/** How much longer a statement of 50 ms takes on all nodes at once than on one of them: 1 is no longer. */
export async function measureFanOut(config: string, servers: readonly ThrowawayServer[]): Promise<number> {
  const loaded = loadSettings({ config }, [], {});
  if (!loaded.ok) throw loaded.error;
  const manager = new ConnectionManager();
  for (const node of loaded.settings.nodes) manager.add(node);
  const wallMs = async (nodes: readonly string[]) => {
    const startMs = performance.now();
    for (const { node, outcome } of await manager.queryAll(statement, { nodes }).outcomes)
      if (!outcome.ok) throw new Error(`${node}: ${outcome.error.message}`);
    return performance.now() - startMs;
  };
  const names = servers.map(({ name }) => name);
  const [one, all]: [number[], number[]] = [[], []];
  await wallMs(names); // connects
  for (let round = 0; round < rounds; round++) {
    one.push(await wallMs(names.slice(0, 1)));
    all.push(await wallMs(names));
  }
  await manager.stop(0);
  return median(all) / median(one);
}
