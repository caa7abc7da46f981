import { createServer } from "./create-server.ts";
import { createStandby } from "./create-standby.ts";
import type { DemoNode } from "./demo-node.ts";
import { type DemoDatabase, demoRoles, demoStatements } from "./demo-schema.ts";
import { startDemoWorkload } from "./demo-workload.ts";
import { freePorts } from "./free-port.ts";
import { openScratch, type Scratch } from "./scratch.ts";
import type { ThrowawayServer } from "./throwaway-server.ts";

export type DemoFleet = {
  /** Everything of the fleet lies here, and goes when it is stopped. */
  readonly directory: string;
  readonly nodes: readonly DemoNode[];
  /** The servers by name, each as soon as its files are made. */
  readonly servers: ReadonlyMap<string, ThrowawayServer>;
  /** Aborted as soon as the fleet is being stopped. */
  readonly closing: AbortSignal;
  /** Resolves when all nodes are up; rejects with the first reason why one is not. */
  readonly ready: Promise<void>;
  /** Starts clients that write, read, wait for one another and idle, until the fleet is stopped. */
  startWorkload(): void;
  /** Ends clients and servers, also while they still start, and removes every file of theirs. */
  stop(): Promise<void>;
};

type Lineage = {
  names: readonly string[];
  cluster: string | null;
  group: string | null;
  database: DemoDatabase;
};

type NodeSettings = Readonly<Record<string, string>>;

const settings: NodeSettings = { max_slot_wal_keep_size: "256MB", autovacuum_naptime: "20s" };

/** How many of the additional nodes are made at a time; more would only make the first ones later. */
const lanes = 2;

/**
 * Starts the demo fleet: clusters orders (a primary, two standbys) and billing (a primary, a standby), the lone
 * node reports, and `lonelyNodes` more. Resolves with the nodes while the servers still start; rejects when the
 * server binaries are missing. Unless stopped, the fleet goes when the process exits.
 */
export async function startDemoFleet(options: {
  readonly lonelyNodes?: number;
  /** Lines of postgresql.conf that single nodes start with, by the node's name. */
  readonly settings?: Readonly<Record<string, NodeSettings>>;
  readonly onUp?: (name: string) => void;
}): Promise<DemoFleet> {
  const scratch = await openScratch("demo");
  const servers = new Map<string, ThrowawayServer>();
  const lineages = plan(options.lonelyNodes ?? 0);
  const all = lineages.flatMap((lineage) => lineage.names.map((name) => ({ name, lineage })));
  const ports = await freePorts(all.length);
  const started = new Map(all.map(({ name }) => [name, Promise.withResolvers<void>()]));
  const nodes = all.map(({ name, lineage: { cluster, group, database } }, index): DemoNode => {
    const up = started.get(name)?.promise ?? Promise.resolve();
    up.catch(() => {}); // whoever awaits it hears of it; nobody has to
    return {
      name,
      cluster,
      group,
      host: "127.0.0.1",
      port: ports[index] ?? 0,
      database,
      user: "monitor",
      up,
    };
  });
  const start = async (server: ThrowawayServer) => {
    await server.start();
    started.get(server.name)?.resolve();
    options.onUp?.(server.name);
  };
  const bringUp = async (lineage: Lineage) => {
    const own = nodes.filter((node) => lineage.names.includes(node.name));
    const made = await createLineage(scratch, lineage, own, options.settings ?? {});
    for (const server of made) servers.set(server.name, server);
    await Promise.all(made.map(start));
  };
  const reporting = (lineage: Lineage) =>
    bringUp(lineage).catch((error: unknown) => {
      for (const name of lineage.names) started.get(name)?.reject(error);
    });
  const working = bringUpAll(lineages, reporting);
  const ready = Promise.all(nodes.map((node) => node.up)).then(() => {});
  ready.catch(() => {});
  return {
    directory: scratch.directory,
    nodes,
    servers,
    closing: scratch.closing,
    ready,
    startWorkload: () => startDemoWorkload(nodes, scratch.closing),
    stop: async () => {
      await scratch.destroy();
      await working;
      await scratch.destroy(); // what was being written while the first one removed
    },
  };
}

function plan(lonelyNodes: number): Lineage[] {
  const digits = Math.max(2, String(lonelyNodes).length);
  const lonely = Array.from(
    { length: lonelyNodes },
    (_, index) => `node-${String(index + 1).padStart(digits, "0")}`,
  );
  return [
    { names: ["orders-1", "orders-2", "orders-3"], cluster: "orders", group: "shop", database: "shop" },
    { names: ["billing-1", "billing-2"], cluster: "billing", group: "shop", database: "billing" },
    { names: ["reports"], cluster: null, group: null, database: "reports" },
    ...lonely.map((name): Lineage => ({ names: [name], cluster: null, group: "lone", database: "reports" })),
  ];
}

async function bringUpAll(
  lineages: readonly Lineage[],
  bringUp: (lineage: Lineage) => Promise<void>,
): Promise<void> {
  const named = lineages.filter(({ group }) => group !== "lone");
  const lonely = lineages.filter(({ group }) => group === "lone").values();
  await Promise.all(named.map(bringUp));
  const lane = async () => {
    for (const lineage of lonely) await bringUp(lineage);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

/** The first node is the primary. Its first standby streams through a slot, the others without one. */
async function createLineage(
  scratch: Scratch,
  { database }: Lineage,
  nodes: readonly DemoNode[],
  own: Readonly<Record<string, NodeSettings>>,
) {
  const [first, second, ...others] = nodes;
  if (!first) return [];
  const slot = second?.name.replaceAll("-", "_") ?? "";
  const makeSlot = slot && [`select pg_create_physical_replication_slot('${slot}')`];
  const primary = await createServer(scratch, {
    name: first.name,
    port: first.port,
    settings: { ...settings, ...own[first.name] },
    bootstrap: [...demoRoles, ...(makeSlot || [])],
    database: { name: database, statements: demoStatements(database) },
  });
  const standbys = [...(second ? [{ ...second, slot }] : []), ...others].map((node) =>
    createStandby(primary, { ...node, settings: own[node.name] ?? {} }),
  );
  return [primary, ...(await Promise.all(standbys))];
}
