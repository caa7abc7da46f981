import type { ClusterSettings, NodeSettings } from "../../../src/config/settings.ts";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { Collector } from "../../../src/services/watch/collector.ts";
import type { Standing } from "../../../src/services/watch/wishes.ts";
import type { NodeEntry } from "../../../src/store/nodes.ts";
import { open } from "../../../src/store/screen.ts";
import { openStore, type Store, updateScreen } from "../../../src/store/store.ts";

/** The program without its screen: a manager and a collector that fill a store. Stopped by `await using`. */
export type Watched = {
  readonly manager: ConnectionManager;
  readonly collector: Collector;
  readonly store: Store;
  /** Opens a view of every node, as a person would. */
  lookAt(view: string): void;
  /** What the store knows of a node now; throws when it knows none of that name. */
  node(name: string): NodeEntry;
  /** Longest time so far between two answers of a node, and since its last one. */
  longestGapMs(name: string): number;
  /** Rates and lags below zero that were ever in the store; empty is right. */
  readonly negatives: readonly string[];
  [Symbol.asyncDispose](): Promise<void>;
};

export function watch(
  nodes: readonly NodeSettings[],
  {
    refreshMs = 1000,
    clusters = [],
    standing = [],
  }: {
    refreshMs?: number;
    clusters?: readonly ClusterSettings[];
    standing?: readonly Standing[];
  } = {},
): Watched {
  const store = openStore({ columns: 80, rows: 24, refreshMs, title: "test" });
  const manager = new ConnectionManager();
  const collector = new Collector(manager, store, clusters, standing);
  for (const node of nodes) manager.add(node);
  const startMs = performance.now();
  const answered = new Map<string, { atMs: number; gapMs: number }>();
  const negatives: string[] = [];
  const unsubscribe = store.subscribe(({ observed }) => {
    for (const { name, pulse, pulseAtMs, lag } of Object.values(observed.nodes)) {
      const last = answered.get(name) ?? { atMs: startMs, gapMs: 0 };
      if (pulseAtMs !== null && pulseAtMs !== last.atMs)
        answered.set(name, { atMs: pulseAtMs, gapMs: Math.max(last.gapMs, pulseAtMs - last.atMs) });
      for (const [column, value] of Object.entries({ ...pulse, lag: lag?.seconds, behind: lag?.bytes }))
        if ((typeof value === "number" || typeof value === "bigint") && value < 0)
          negatives.push(`${name}.${column} ${value}`);
    }
  });
  collector.start();
  return {
    manager,
    collector,
    store,
    lookAt(view) {
      updateScreen(store, (screen) => open(screen, { kind: "view", view, scope: { kind: "all" } }));
    },
    node(name) {
      const entry = store.getState().observed.nodes[name];
      if (!entry) throw new Error(`the store knows no node ${name}`);
      return entry;
    },
    longestGapMs(name) {
      const { atMs, gapMs } = answered.get(name) ?? { atMs: startMs, gapMs: 0 };
      return Math.max(gapMs, performance.now() - atMs);
    },
    negatives,
    async [Symbol.asyncDispose]() {
      unsubscribe();
      collector.stop();
      await manager.stop(0);
    },
  };
}

/** The backends of our sessions on a server, oldest first, by the server's own account. */
export async function ourBackends(
  server: ThrowawayServer,
): Promise<{ pid: number; state: string; sleeps: boolean }[]> {
  return server.query<{ pid: number; state: string; sleeps: boolean }>(
    `select pid, state, wait_event is not distinct from 'PgSleep' as sleeps from pg_catalog.pg_stat_activity
     where application_name = 'pgparade' and backend_type = 'client backend' order by backend_start`,
  );
}
