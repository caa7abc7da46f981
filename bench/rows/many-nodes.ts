import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ThrowawayServer } from "../../src/services/throwaway/throwaway-server.ts";
import { median } from "../median.ts";
import type { Options } from "../options.ts";
import { startOnScreen } from "../screen.ts";
import { writeConfig } from "./nodes.ts";
import { quit } from "./start-up.ts";

/** Medians in milliseconds from the start of the process; `quitMs` from the key. */
export type StartAndEnd = {
  readonly firstFrameMs: number;
  /** The data of any node, and of all. */
  readonly firstDataMs: number;
  readonly allDataMs: number;
  readonly quitMs: number;
};

/** Starts and ends with few and with many nodes, beside a driver that does no more than it must. */
export type ManyNodes = {
  readonly one: StartAndEnd;
  readonly twenty: StartAndEnd;
  readonly twoHundred: StartAndEnd;
  /** Logins of 200 nodes for each of them, until all were there. */
  readonly loginsPerNode: number;
  /** Milliseconds in which the bare driver opens 20 sessions at once and asks each for the pulse. */
  readonly bareDriverMs: number;
};

type Named = { readonly name: string; readonly port: number };

const namesPerServer = 10;
const deadlineMs = 120_000;

/** Measures by turns, so that what else the machine does falls on all alike. */
export async function measureManyNodes(
  command: readonly string[],
  home: string,
  servers: readonly ThrowawayServer[],
  options: Options,
): Promise<ManyNodes> {
  const many = Array.from({ length: namesPerServer }, (_, round) =>
    servers.map(({ name, port }) => ({ name: `${name}-${round}`, port })),
  ).flat();
  const size = (nodes: readonly Named[]) => ({ nodes, taken: [] as StartAndEnd[] });
  const [one, twenty, twoHundred] = [size(servers.slice(0, 1)), size(servers), size(many)];
  const [logins, bare]: [number[], number[]] = [[], []];
  for (let round = 0; round < options.starts; round++) {
    bare.push(await bareDriverMs(servers));
    for (const { nodes, taken } of [one, twenty, twoHundred]) {
      const before = await loginsOf(servers);
      const config = await writeConfig(home, nodes, `start-${nodes.length}`);
      taken.push(await startAndEnd([...command, "--config", config], home, nodes));
      if (nodes === many) logins.push(((await loginsOf(servers)) - before) / many.length);
    }
  }
  return {
    one: middle(one.taken),
    twenty: middle(twenty.taken),
    twoHundred: middle(twoHundred.taken),
    loginsPerNode: Math.max(...logins),
    bareDriverMs: median(bare),
  };
}

async function startAndEnd(
  command: readonly string[],
  home: string,
  nodes: readonly { readonly name: string }[],
): Promise<StartAndEnd> {
  const running = startOnScreen(command, home);
  const { terminal, startedMs } = running;
  const reached = async (wanted: RegExp | ((rows: string[]) => boolean)) => {
    await terminal.until(wanted, deadlineMs);
    return performance.now() - startedMs;
  };
  const names = nodes.map(({ name }) => name);
  const hasData = (row: string) => /\d\/\d/.test(row) && names.some((name) => row.includes(name));
  const firstFrameMs = await reached(/pgparade {2}/);
  const firstDataMs = await reached((rows) => rows.some(hasData));
  // More nodes than rows: the first line counts those that are not there yet.
  const allDataMs = await reached(
    (rows) => !/connecting/.test(rows[0] ?? "") && rows.filter(hasData).length >= Math.min(nodes.length, 40),
  );
  await terminal.readsKeys();
  await Bun.sleep(600);
  const { quitMs } = await quit(running);
  return { firstFrameMs, firstDataMs, allDataMs, quitMs };
}

async function loginsOf(servers: readonly ThrowawayServer[]): Promise<number> {
  const logs = await Promise.all(servers.map(({ logFile }) => readFile(logFile, "utf8")));
  return logs.reduce((sum, log) => sum + (log.match(/connection authorized: user=monitor/g)?.length ?? 0), 0);
}

/** In a process of its own, which is as new as ours. */
async function bareDriverMs(servers: readonly ThrowawayServer[]): Promise<number> {
  const ports = servers.map(({ port }) => String(port));
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "bare-driver.ts"), ...ports], {
    stdout: "pipe",
  });
  return Number(await new Response(child.stdout).text());
}

function middle(all: readonly StartAndEnd[]): StartAndEnd {
  const of = (key: keyof StartAndEnd) => median(all.map((each) => each[key]));
  return {
    firstFrameMs: of("firstFrameMs"),
    firstDataMs: of("firstDataMs"),
    allDataMs: of("allDataMs"),
    quitMs: of("quitMs"),
  };
}
