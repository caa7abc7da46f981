import type { Scratch } from "../src/services/throwaway/scratch.ts";
import type { ThrowawayServer } from "../src/services/throwaway/throwaway-server.ts";
import { type Big, measureBig } from "./big-section.ts";
import { type Measured, measureProgram, pgparade } from "./measure-program.ts";
import { observeGrowth } from "./observe.ts";
import type { Options } from "./options.ts";
import { findPgActivity, measurePgActivity, pgActivity } from "./peer.ts";
import type { Form } from "./program-forms.ts";
import type { Findings, Sizes } from "./promises.ts";
import type { Comparison } from "./results.ts";
import { makeBusy } from "./rows/busy-node.ts";
import { measureCrowds } from "./rows/crowd.ts";
import { measureFanOut } from "./rows/fan-out.ts";
import { measureFaults } from "./rows/faults.ts";
import { measureIdleCpu } from "./rows/idle-cpu.ts";
import { cursorLine, type KeyLatency, measureKeys } from "./rows/key-latency.ts";
import { measureLongTable } from "./rows/long-table.tsx";
import { measureManyNodes } from "./rows/many-nodes.ts";
import { writeConfig } from "./rows/nodes.ts";
import { measureReplication } from "./rows/replication.ts";
import { measureSlowView } from "./rows/slow-view.ts";
import { quit, startUp } from "./rows/start-up.ts";

/** Where the measuring is done: servers, forms of the program, a folder for its files, and who hears of progress. */
export type Bench = {
  readonly scratch: Scratch;
  readonly servers: readonly ThrowawayServer[];
  readonly forms: { readonly packaged: Form; readonly source: Form };
  readonly options: Options;
  readonly say: (step: string) => void;
};

/** Measures everything, one thing at a time. */
export async function measureAll(
  bench: Bench,
): Promise<{ findings: Findings; comparison: Comparison | null; big: Big }> {
  const { servers, forms, options, say, scratch } = bench;
  const home = scratch.directory;
  const [first] = servers;
  if (!first) throw new Error("the bench needs servers");
  const packaged = await measureSizes(bench, forms.packaged, options.windows);
  const source = await measureSizes(bench, forms.source, 1);
  const found = await findPgActivity();
  const competitor = found && pgActivity(found.path, home, first);
  const peer = async (load: "idle" | "busy") =>
    competitor &&
    (await once(say, `pg_activity, 1 ${load} node`, () => measurePgActivity(competitor, options)));
  const idlePeer = await peer("idle");
  const { command } = forms.packaged;
  const idleCpu =
    competitor &&
    (await once(say, "CPU on idle nodes, by turns with pg_activity", () =>
      measureIdleCpu(command, home, { servers, peer: competitor, options }),
    ));
  const manyNodes = await once(say, "starts and ends with 1, 20 and 200 nodes", () =>
    measureManyNodes(command, home, servers, options),
  );
  const sessions = await makeBusy(first, 300, 20);
  const busy = await once(say, "1 busy node", () => measureBusy(bench, first));
  const busyPeer = await peer("busy");
  await sessions.end();
  const all = await writeConfig(home, servers, "all");
  const { keys, growthPercent } = await once(say, "memory and keys, 20 nodes", () => watchLong(bench, all));
  const longTable = await once(say, "keys in a table of 10,000 rows", () => measureLongTable(10_000));
  const fanOutRatio = await once(say, "fan-out", () => measureFanOut(all, servers));
  const ground = { command, home, options };
  const faults = await once(say, "one bad node among 20", () => measureFaults(ground, servers));
  const last = servers.at(-1) ?? first;
  const crowds = await twice(say, "2,000 sessions, and 200 nodes", () =>
    measureCrowds(ground, servers, last),
  );
  const slowView = await once(say, "a slow view", () => measureSlowView(ground, last));
  const replication = await once(say, "5 standbys and 20 slots", () =>
    measureReplication({ command, scratch, options }),
  );
  const big = await once(say, "a big server", () =>
    measureBig({ scratch, form: forms.packaged, options, say }),
  );
  const comparison =
    found && idlePeer && busyPeer ? { version: found.version, idle: idlePeer, busy: busyPeer } : null;
  const soakMinutes = options.soakMs / 60_000;
  return {
    findings: {
      ...{ packaged, source, busy, idleCpu, manyNodes, growthPercent, soakMinutes },
      ...{ fanOutRatio, keys, longTable, faults, slowView, crowds, replication },
    },
    comparison,
    big,
  };
}

async function measureSizes(bench: Bench, form: Form, windows: number): Promise<Sizes> {
  const { servers, options, scratch, say } = bench;
  const measure = async (count: number): Promise<Measured> => {
    const some = servers.slice(0, count);
    const config = await writeConfig(scratch.directory, some, `nodes-${count}`);
    const subject = pgparade(form.command, config, scratch.directory, some);
    // The first start of all reads the program from the disk.
    if (count === 1)
      await quit(
        (await startUp(subject.command, subject.home, subject.isFirstFrame, subject.hasData)).running,
      );
    const step = `${form.name}, ${count} idle ${count === 1 ? "node" : "nodes"}`;
    return once(say, step, () => measureProgram(subject, options, windows));
  };
  return { one: await measure(1), ten: await measure(10), twenty: await measure(20) };
}

type Say = Bench["say"];

/** Says what is measured, and the figures as soon as they are there: they stay in the log if a later step fails. */
async function once<Figures>(
  say: Say,
  step: string,
  measure: () => Figures | Promise<Figures>,
): Promise<Figures> {
  say(step);
  const figures = await measure();
  say(`${step}: ${JSON.stringify(figures)}`);
  return figures;
}

/** Measures once more where the first try failed, and says why it did: half an hour of figures hangs on each step. */
async function twice<Figures>(say: Say, step: string, measure: () => Promise<Figures>): Promise<Figures> {
  try {
    return await once(say, step, measure);
  } catch (error) {
    say(`${step} failed: ${error instanceof Error ? error.message : error}`);
    return once(say, `${step}, once more`, measure);
  }
}

async function measureBusy({ scratch, forms, options }: Bench, server: ThrowawayServer): Promise<Measured> {
  const config = await writeConfig(scratch.directory, [server], "busy");
  const subject = pgparade(forms.packaged.command, config, scratch.directory, [server]);
  return measureProgram({ ...subject, keys: ["a"] }, options);
}

async function watchLong(
  { scratch, forms, options, servers }: Bench,
  config: string,
): Promise<{ keys: KeyLatency; growthPercent: number }> {
  const subject = pgparade(forms.packaged.command, config, scratch.directory, servers);
  const { running } = await startUp(subject.command, subject.home, subject.isFirstFrame, subject.hasData);
  await Bun.sleep(options.warmUpMs);
  const keys = await measureKeys(running.terminal, ["j", "k"], options.keys, cursorLine);
  const growthPercent = await observeGrowth(running, options.soakMs);
  await quit(running);
  return { keys, growthPercent };
}
