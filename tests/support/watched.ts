import type { ClusterSettings, NodeSettings } from "../../src/config/settings.ts";
import { Collector } from "../../src/services/collector.ts";
import { ConnectionManager } from "../../src/services/connection-manager.ts";
import type { ThrowawayServer } from "../../src/services/throwaway-server.ts";
import type { NodeEntry } from "../../src/store/nodes.ts";
import { openStore, type Store } from "../../src/store/store.ts";

/** The program without its screen: a manager and a collector that fill a store. Stopped by `await using`. */
export type Watched = {
  readonly manager: ConnectionManager;
  readonly collector: Collector;
  readonly store: Store;
  /** What the store knows of a node now; throws when it knows none of that name. */
  node(name: string): NodeEntry;
  [Symbol.asyncDispose](): Promise<void>;
};

export function watch(
  nodes: readonly NodeSettings[],
  { refreshMs = 1000, clusters = [] }: { refreshMs?: number; clusters?: readonly ClusterSettings[] } = {},
): Watched {
  const store = openStore({ columns: 80, rows: 24, refreshMs, title: "test" });
  const manager = new ConnectionManager();
  const collector = new Collector(manager, store, clusters);
  for (const node of nodes) manager.add(node);
  collector.start();
  return {
    manager,
    collector,
    store,
    node(name) {
      const entry = store.getState().observed.nodes[name];
      if (!entry) throw new Error(`the store knows no node ${name}`);
      return entry;
    },
    async [Symbol.asyncDispose]() {
      collector.stop();
      await manager.stop(0);
    },
  };
}

/** The backends of our sessions on a server, oldest first, by the server's own account. */
export async function ourBackends(server: ThrowawayServer): Promise<{ pid: number; state: string }[]> {
  return server.query<{ pid: number; state: string }>(
    `select pid, state from pg_catalog.pg_stat_activity
     where application_name = 'pgparade' and backend_type = 'client backend' order by backend_start`,
  );
}
