import { type AddressInfo, connect, createServer } from "node:net";
import { ConnectionManager } from "../../src/services/nodes/connection-manager.ts";
import type { ThrowawayServer } from "../../src/services/throwaway/throwaway-server.ts";
import { askView } from "../../src/services/watch/sampling.ts";
import { lookedAtShare, paceOf } from "../../src/stats/demand.ts";
import { askedViews } from "../../src/views/all.ts";
import { nodeSettings } from "../../tests/support/servers/node-settings.ts";
import { median } from "../median.ts";
import { runMsOf } from "../process-cost.ts";
import { bigDatabase } from "./big-server.ts";

/** What one question costs for a view of a server that is big, in its big database. */
export type ViewCost = {
  readonly view: string;
  /** Processor time of the server, in the middle: on a busy machine its clock says little. */
  readonly serverMs: number;
  readonly bytes: number;
  readonly rows: number;
  /** How often the program asks it while it is looked at. */
  readonly everyMs: number;
};

const refreshMs = 1000;
const asks = 3;
/** No view is cut off here: what it takes is what is measured. */
const statementTimeoutMs = 60_000;

/** Asks every view as the program does, as pg_monitor, each some times after one that fills the caches of its session. */
export async function measureViews(server: ThrowawayServer): Promise<ViewCost[]> {
  await using way = await countedWay(server.port);
  const manager = new ConnectionManager();
  const connection = { dbname: bigDatabase };
  manager.add(nodeSettings({ name: server.name, port: way.port }, { connection, statementTimeoutMs }));
  const known = new Map<number, number>();
  /** How long the server's processes of our sessions have run. */
  const spentMs = () => {
    for (const pid of manager.ownProcesses(server.name)) known.set(pid, runMsOf(pid) ?? known.get(pid) ?? 0);
    return [...known.values()].reduce((sum, ms) => sum + ms, 0);
  };
  try {
    const costs: ViewCost[] = [];
    for (const view of askedViews) {
      const viewOptions = { idle: false, wholeText: false };
      const question = view.scope === "server" ? { viewOptions } : { viewOptions, database: bigDatabase };
      const ask = async () => {
        const [beforeMs, bytes] = [spentMs(), way.bytes()];
        const { sample, ms } = await askView(manager, server.name, view, question);
        const latencyMs = manager.health(server.name)?.latencyMs ?? 0;
        const rows = sample.state === "ok" ? sample.rows.length : 0;
        const tookMs = Math.max(0, (ms ?? 0) - latencyMs);
        return { rows, tookMs, bytes: way.bytes() - bytes, serverMs: spentMs() - beforeMs };
      };
      await ask();
      const taken: Awaited<ReturnType<typeof ask>>[] = [];
      for (let n = 0; n < asks; n += 1) taken.push(await ask());
      const of = (key: keyof (typeof taken)[number]) => median(taken.map((one) => one[key]));
      const demand = { node: server.name, view, everyMs: refreshMs, share: lookedAtShare, sinceMs: 0 };
      const pace = paceOf(demand, [{ atMs: 0, tookMs: of("tookMs") }], refreshMs);
      const everyMs = pace?.everyMs ?? Math.max(view.everyMs ?? 0, refreshMs);
      costs.push({
        ...{ view: view.name, serverMs: of("serverMs"), bytes: of("bytes"), rows: of("rows"), everyMs },
      });
    }
    return costs;
  } finally {
    await manager.stop(0);
  }
}

/** A way to a server that counts what the server sends. */
async function countedWay(port: number) {
  let bytes = 0;
  const relay = createServer((client) => {
    const server = connect(port, "127.0.0.1");
    server.on("data", (some: Buffer) => {
      bytes += some.length;
    });
    client.pipe(server).pipe(client);
    client.on("error", () => server.destroy()).on("close", () => server.destroy());
    server.on("error", () => client.destroy()).on("close", () => client.destroy());
  });
  await new Promise<void>((resolve) => relay.listen(0, "127.0.0.1", () => resolve()));
  return {
    port: (relay.address() as AddressInfo).port,
    bytes: () => bytes,
    [Symbol.asyncDispose]: async () => void relay.close(),
  };
}
