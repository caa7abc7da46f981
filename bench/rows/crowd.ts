import type { ThrowawayServer } from "../../src/services/throwaway/throwaway-server.ts";
import type { Options } from "../options.ts";
import { costOf } from "../process-cost.ts";
import { makeBusy, type Sessions } from "./busy-node.ts";
import { cursorPid, inwards, type KeyLatency, measureKeys } from "./key-latency.ts";
import { writeConfig } from "./nodes.ts";
import { readPulses } from "./pulses.ts";
import { quit, startUp } from "./start-up.ts";

/** What a screen costs that shows very much. */
export type Crowded = {
  /** CPU seconds a minute. */
  readonly cpuSeconds: number;
  /** Pulses a second of each node. */
  readonly pulseHz: number;
  readonly keys: KeyLatency;
};

/** 2,000 real sessions of one node in a table: of the only node, and of one of 200 with 320 sessions to compare. */
export type Crowds = {
  readonly alone: Crowded;
  readonly amongMany: Crowded;
  readonly fewAmongMany: Crowded;
};

type Ground = { readonly command: readonly string[]; readonly home: string; readonly options: Options };

/** Idle and active in the same proportion. */
const [few, many] = [
  [300, 20],
  [1875, 125],
] as const;
const nodesInAll = 200;

/** @param big the one of the servers that lets 2,000 sessions in */
export async function measureCrowds(
  ground: Ground,
  servers: readonly ThrowawayServer[],
  big: ThrowawayServer,
): Promise<Crowds> {
  const others = servers.filter((server) => server !== big);
  const rounds = Array.from({ length: Math.ceil((nodesInAll - 1) / others.length) }, (_, round) => round);
  const named = rounds.flatMap((round) =>
    others.map(({ name, port }) => ({ name: `${name}-${round}`, port })),
  );
  const nodes = [big, ...named.slice(0, nodesInAll - 1)];
  const among = () => watch(ground, nodes, servers, big);
  const fewAmongMany = await beside(await makeBusy(big, ...few), among);
  return await beside(await makeBusy(big, ...many), async () => ({
    alone: await watch(ground, [big], [big], big),
    amongMany: await among(),
    fewAmongMany,
  }));
}

async function beside<Figures>(sessions: Sessions, measure: () => Promise<Figures>): Promise<Figures> {
  try {
    return await measure();
  } finally {
    await sessions.end();
  }
}

/** Watches the sessions of one node while all the nodes are monitored. */
async function watch(
  { command, home, options }: Ground,
  nodes: readonly { readonly name: string; readonly port: number }[],
  servers: readonly ThrowawayServer[],
  big: ThrowawayServer,
): Promise<Crowded> {
  const config = await writeConfig(home, nodes, `crowd-${nodes.length}`);
  const isThere = (rows: string[]) =>
    rows.some((row) => /\d\/\d/.test(row)) && !/connecting/.test(rows[0] ?? "");
  const { running } = await startUp([...command, "--config", config], home, /pgparade {2}/, isThere);
  const { terminal } = running;
  terminal.press(":", ...`activity ${big.name}`, "\r");
  await terminal.until((rows) => rows.filter((row) => row.includes("app-")).length > 10);
  await Bun.sleep(options.warmUpMs);
  const cpu = costOf(terminal.pid).cpuSeconds;
  const [pulses, startMs] = [await readPulses(servers), performance.now()];
  await Bun.sleep(options.windowMs);
  const seconds = (performance.now() - startMs) / 1000;
  const cpuSeconds = ((costOf(terminal.pid).cpuSeconds - cpu) / seconds) * 60;
  const pulseHz = ((await readPulses(servers)) - pulses) / seconds / nodes.length;
  const keys = await measureKeys(terminal, inwards, options.keys, cursorPid);
  await quit(running);
  return { cpuSeconds, pulseHz, keys };
}
