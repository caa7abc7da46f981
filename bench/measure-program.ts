import type { ThrowawayServer } from "../src/services/throwaway/throwaway-server.ts";
import { median } from "./median.ts";
import { type Observed, observe } from "./observe.ts";
import type { Options } from "./options.ts";
import { quit, startUp } from "./rows/start-up.ts";
import { showsDataOf } from "./screen.ts";

/** Medians over several starts; `leftBehind` names whatever any of them left. */
export type Measured = {
  readonly firstFrameMs: number;
  readonly dataMs: number;
  readonly quitMs: number;
  readonly leftBehind: readonly string[];
  readonly observed: Observed;
};

/** What is measured: a command, what its screens look like, and the servers it watches. */
export type Subject = {
  readonly command: readonly string[];
  readonly home: string;
  readonly servers: readonly ThrowawayServer[];
  readonly isFirstFrame: RegExp;
  readonly hasData: RegExp | ((rows: string[]) => boolean);
  /** Keys to the screen that is to be observed. */
  readonly keys?: readonly string[];
};

export function pgparade(
  command: readonly string[],
  config: string,
  home: string,
  servers: readonly ThrowawayServer[],
): Subject {
  return {
    command: [...command, "--config", config],
    home,
    servers,
    isFirstFrame: /pgparade {2}/,
    hasData: showsDataOf(servers.map(({ name }) => name)),
  };
}

/** Starts a program several times and observes the first `windows` of them for a whole window. */
export async function measureProgram(
  subject: Subject,
  options: Options,
  windows = options.windows,
): Promise<Measured> {
  const starts = [];
  const observed: Observed[] = [];
  const leftBehind = new Set<string>();
  for (let round = 0; round < Math.max(options.starts, windows); round++) {
    const { running, ...times } = await startUp(
      subject.command,
      subject.home,
      subject.isFirstFrame,
      subject.hasData,
    );
    await Bun.sleep(round < windows ? options.warmUpMs : 300 + ((round * 170) % 1000));
    if (round < windows) {
      if (subject.keys) {
        running.terminal.press(...subject.keys);
        await Bun.sleep(options.warmUpMs);
      }
      observed.push(await observe(running, subject.servers, options.windowMs));
    }
    const end = await quit(running);
    for (const name of end.leftBehind) leftBehind.add(name);
    starts.push({ ...times, quitMs: end.quitMs });
  }
  return {
    firstFrameMs: median(starts.map(({ firstFrameMs }) => firstFrameMs)),
    dataMs: median(starts.map(({ dataMs }) => dataMs)),
    quitMs: median(starts.map(({ quitMs }) => quitMs)),
    leftBehind: [...leftBehind],
    observed: middle(observed),
  };
}

function middle(all: readonly Observed[]): Observed {
  const of = (key: keyof Observed) => median(all.map((each) => each[key]));
  return {
    cpuSeconds: of("cpuSeconds"),
    peakRssMb: of("peakRssMb"),
    bytesPerSecond: of("bytesPerSecond"),
    // One exception in three is no middle but a broken promise.
    clears: Math.max(...all.map(({ clears }) => clears)),
    held: Math.max(...all.map(({ held }) => held)),
    opened: Math.max(...all.map(({ opened }) => opened)),
    statements: of("statements"),
    serverMs: of("serverMs"),
    serverCpuSeconds: of("serverCpuSeconds"),
  };
}
