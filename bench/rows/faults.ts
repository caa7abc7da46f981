import { freePorts } from "../../src/services/throwaway/free-port.ts";
import type { ThrowawayServer } from "../../src/services/throwaway/throwaway-server.ts";
import { pgparade } from "../measure-program.ts";
import { median } from "../median.ts";
import type { Options } from "../options.ts";
import { openBills } from "../server-bill.ts";
import { cursorLine, type KeyLatency, measureKeys } from "./key-latency.ts";
import { writeConfig } from "./nodes.ts";
import { type Quit, quit, startUp } from "./start-up.ts";

/** What happens to the many when one is bad. */
export type Faults = {
  /** Milliseconds until all others' data are on screen. */
  readonly refusingAtStartMs: number;
  readonly frozenAtStartMs: number;
  readonly later: FrozenLater;
};

type FrozenLater = {
  /** Milliseconds from the freeze until the node's line says so. */
  readonly markedMs: number;
  /** How often a second each other node is asked, compared with before the freeze: 1 is unchanged. */
  readonly askedRatio: number;
  /** How often a second the screen's clock moves on. */
  readonly screenHz: number;
  readonly keys: KeyLatency;
  readonly quit: Quit;
};

type Ground = { readonly command: readonly string[]; readonly home: string; readonly options: Options };

/** Measures one bad node among many: refusing or frozen when the program starts, and frozen later. */
export async function measureFaults(ground: Ground, servers: readonly ThrowawayServer[]): Promise<Faults> {
  const { home } = ground;
  const bad = servers.at(-1);
  const good = servers.slice(0, -1);
  if (!bad) throw new Error("faults need servers");
  const [closedPort = 0] = await freePorts(1);
  const refusing = await writeConfig(home, [...good, { name: "refuses", port: closedPort }], "refusing");
  const all = await writeConfig(home, servers, "all");
  const refusingAtStartMs = await othersOnScreenMs(ground, refusing, good);
  bad.freeze();
  try {
    const frozenAtStartMs = await othersOnScreenMs(ground, all, good);
    bad.thaw();
    return { refusingAtStartMs, frozenAtStartMs, later: await freezeLater(ground, all, good, bad) };
  } finally {
    bad.thaw();
  }
}

async function othersOnScreenMs(ground: Ground, config: string, good: readonly ThrowawayServer[]) {
  const { command, home, options } = ground;
  const times: number[] = [];
  for (let round = 0; round < options.starts; round++) {
    const subject = pgparade(command, config, home, good);
    const { running, dataMs } = await startUp(subject.command, home, subject.isFirstFrame, subject.hasData);
    times.push(dataMs);
    await quit(running);
  }
  return median(times);
}

async function freezeLater(
  { command, home, options }: Ground,
  config: string,
  good: readonly ThrowawayServer[],
  bad: ThrowawayServer,
): Promise<FrozenLater> {
  const subject = pgparade(command, config, home, [...good, bad]);
  const { running } = await startUp(subject.command, home, subject.isFirstFrame, subject.hasData);
  const { terminal } = running;
  const windowMs = Math.max(10_000, options.windowMs / 2);
  const statementsNow = async () => {
    const close = await openBills(good);
    await Bun.sleep(windowMs);
    return median((await close()).map(({ statements }) => statements));
  };
  await Bun.sleep(options.warmUpMs);
  const before = await statementsNow();
  const frozenMs = performance.now();
  bad.freeze();
  const isMarked = (rows: string[]) => rows.some((row) => row.includes(bad.name) && /no answer/.test(row));
  await terminal.until(isMarked, 15_000);
  const markedMs = performance.now() - frozenMs;
  const [during, screenHz] = await Promise.all([statementsNow(), clockHz(terminal.until, windowMs)]);
  const keys = await measureKeys(terminal, ["j", "k"], options.keys, cursorLine);
  return { markedMs, askedRatio: during / before, screenHz, keys, quit: await quit(running) };
}

type Until = (wanted: (rows: string[]) => boolean) => Promise<string[]>;

/** How often a second the clock in the screen's first line changes. */
async function clockHz(until: Until, windowMs: number): Promise<number> {
  const clockOf = (rows: readonly string[]) => /\d\d:\d\d:\d\d/.exec(rows[0] ?? "")?.[0] ?? "";
  let clock = clockOf(await until((rows) => clockOf(rows) !== ""));
  const startMs = performance.now();
  let changes = 0;
  let lastMs = startMs;
  while (lastMs - startMs < windowMs) {
    clock = clockOf(await until((rows) => clockOf(rows) !== clock));
    lastMs = performance.now();
    changes += 1;
  }
  // From change to change, so that the window's edges count for nothing; the first one only starts it.
  return (1000 * changes) / (lastMs - startMs);
}
