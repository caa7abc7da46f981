import type { ThrowawayServer } from "../../src/services/throwaway/throwaway-server.ts";
import { pgparade, type Subject } from "../measure-program.ts";
import { median } from "../median.ts";
import type { Options } from "../options.ts";
import { costOf } from "../process-cost.ts";
import { writeConfig } from "./nodes.ts";
import { quit, startUp } from "./start-up.ts";

/** CPU seconds a minute on idle nodes. */
export type IdleCpu = {
  readonly one: number;
  readonly two: number;
  readonly ten: number;
  readonly twenty: number;
  /** pg_activity on one node. */
  readonly peer: number;
};

/** In the first seconds the runtime still compiles, which is the price of a start and not of a screen at rest. */
const shortestWindowMs = 60_000;

/** Observes the program with several numbers of nodes and pg_activity by turns, for a window each time. */
export async function measureIdleCpu(
  command: readonly string[],
  home: string,
  { servers, peer, options }: { servers: readonly ThrowawayServer[]; peer: Subject; options: Options },
): Promise<IdleCpu> {
  const windowMs = options.writes ? Math.max(options.windowMs, shortestWindowMs) : options.windowMs;
  const ours = async (count: number) => {
    const some = servers.slice(0, count);
    return pgparade(command, await writeConfig(home, some, `idle-${count}`), home, some);
  };
  const subjects = {
    one: await ours(1),
    peer,
    two: await ours(2),
    ten: await ours(10),
    twenty: await ours(20),
  };
  const taken = { one: [], peer: [], two: [], ten: [], twenty: [] } as Record<
    keyof typeof subjects,
    number[]
  >;
  for (let round = 0; round < options.windows; round++)
    for (const name of Object.keys(taken) as (keyof typeof taken)[])
      taken[name].push(await cpuOf(subjects[name], { ...options, windowMs }));
  return {
    one: median(taken.one),
    two: median(taken.two),
    ten: median(taken.ten),
    twenty: median(taken.twenty),
    peer: median(taken.peer),
  };
}

async function cpuOf({ command, home, isFirstFrame, hasData }: Subject, options: Options): Promise<number> {
  const { running } = await startUp(command, home, isFirstFrame, hasData);
  await Bun.sleep(options.warmUpMs);
  const before = costOf(running.terminal.pid).cpuSeconds;
  const startMs = performance.now();
  await Bun.sleep(options.windowMs);
  const minutes = (performance.now() - startMs) / 60_000;
  const cpu = (costOf(running.terminal.pid).cpuSeconds - before) / minutes;
  await quit(running);
  return cpu;
}
