import type { Measured } from "./measure-program.ts";
import type { Crowded, Crowds } from "./rows/crowd.ts";
import type { Faults } from "./rows/faults.ts";
import type { IdleCpu } from "./rows/idle-cpu.ts";
import type { KeyLatency } from "./rows/key-latency.ts";
import type { ManyNodes } from "./rows/many-nodes.ts";
import type { SlowView } from "./rows/slow-view.ts";
import type { Promised } from "./verdict.ts";

export type Sizes = { readonly one: Measured; readonly ten: Measured; readonly twenty: Measured };

/** Everything that was measured of the program; null is what was not asked for. */
export type Findings = {
  readonly packaged: Sizes;
  readonly source: Sizes;
  /** 300 idle and 20 active sessions, the activity table on screen. */
  readonly busy: Measured;
  /** By turns with pg_activity; null where that is not installed. */
  readonly idleCpu: IdleCpu | null;
  readonly manyNodes: ManyNodes;
  readonly growthPercent: number;
  readonly soakMinutes: number;
  readonly fanOutRatio: number;
  readonly keys: KeyLatency;
  /** In a table of 10,000 rows. */
  readonly longTable: KeyLatency;
  readonly faults: Faults;
  readonly slowView: SlowView;
  readonly crowds: Crowds;
  /** A primary with 5 standbys and 20 slots, all on the fleet screen. */
  readonly replication: Measured;
};

/** Targets for one, ten and twenty nodes. */
type Trio = readonly [one: number, ten: number, twenty: number];

/** What the program promises to cost, and what it was found to. Milliseconds and MB unless the unit says otherwise. */
export function promises(findings: Findings): Promised[] {
  const { packaged, source, busy, faults, keys, slowView, crowds } = findings;
  const each = (
    row: number,
    measure: string,
    unit: string,
    targets: Trio,
    sizes: Sizes,
    value: (m: Measured) => number,
  ) => [
    { row, measure: `${measure}, 1 node`, unit, target: targets[0], measured: value(sizes.one) },
    { row, measure: `${measure}, 10 nodes`, unit, target: targets[1], measured: value(sizes.ten) },
    { row, measure: `${measure}, 20 nodes`, unit, target: targets[2], measured: value(sizes.twenty) },
  ];
  const one = (row: number, measure: string, unit: string, target: number, measured: number): Promised => ({
    row,
    measure,
    unit,
    target,
    measured,
  });
  const all = [packaged.one, packaged.ten, packaged.twenty, source.one, source.ten, source.twenty, busy];
  const most = (value: (m: Measured) => number) => Math.max(...all.map(value));
  const dataTargets: Trio = [110, 150, 190];
  const leftBehind = [...all, faults.later.quit].flatMap((measured) => measured.leftBehind);
  return [
    one(1, "first frame, packaged", "ms", 50, packaged.one.firstFrameMs),
    one(1, "first frame, from source", "ms", 130, source.one.firstFrameMs),
    ...each(2, "data of all on screen, packaged", "ms", dataTargets, packaged, (m) => m.dataMs),
    ...each(2, "data of all on screen, from source", "ms", [220, 260, 300], source, (m) => m.dataMs),
    ...each(3, "CPU, idle", "s/min", [0.9, 1.4, 1.7], packaged, (m) => m.observed.cpuSeconds),
    ...ofPgActivity(findings.idleCpu),
    one(4, "CPU, 1 busy node, activity on screen", "s/min", 1.4, busy.observed.cpuSeconds),
    ...each(5, "peak memory", "MB", [105, 115, 130], packaged, (m) => m.observed.peakRssMb),
    one(5, `growth over ${findings.soakMinutes} min, 20 nodes`, "%", 5, findings.growthPercent),
    one(6, "terminal, idle, 1 node", "B/s", 1000, packaged.one.observed.bytesPerSecond),
    one(6, "terminal, idle, 20 nodes", "B/s", 4500, packaged.twenty.observed.bytesPerSecond),
    one(
      6,
      "full clears after the start",
      "",
      0,
      most((m) => m.observed.clears),
    ),
    one(
      7,
      "sessions held on a node, also with a view of the server on screen",
      "",
      1,
      most((m) => m.observed.held),
    ),
    one(
      7,
      "sessions opened once up",
      "/min",
      0,
      most((m) => m.observed.opened),
    ),
    one(8, "statements on a node", "/min", 180, packaged.twenty.observed.statements),
    one(9, "execution and planning on an idle node", "ms/min", 40, packaged.twenty.observed.serverMs),
    one(9, "execution and planning, 320 sessions", "ms/min", 130, busy.observed.serverMs),
    one(
      9,
      "execution and planning, a primary with 5 standbys and 20 slots",
      "ms/min",
      60,
      findings.replication.observed.serverMs,
    ),
    one(10, "server CPU on an idle node", "s/min", 0.1, packaged.twenty.observed.serverCpuSeconds),
    one(12, "pg_sleep(0.05) on 20 nodes against 1", "x", 1.1, findings.fanOutRatio),
    one(13, "key to changed screen, median", "ms", 16, keys.median),
    one(13, "key to changed screen, worst", "ms", 50, keys.worst),
    one(13, "the same in a table of 10,000 rows, median", "ms", 16, findings.longTable.median),
    one(13, "the same with a frozen node, median", "ms", 16, faults.later.keys.median),
    one(13, "the same with a frozen node, worst", "ms", 50, faults.later.keys.worst),
    one(14, "quit to exit, 20 nodes", "ms", 100, packaged.twenty.quitMs),
    one(14, "quit to exit with a frozen node", "ms", 100, faults.later.quit.quitMs),
    one(14, "things left behind", "", 0, leftBehind.length),
    one(
      15,
      "one node refuses at start: others on screen",
      "ms",
      dataTargets[2] + 50,
      faults.refusingAtStartMs,
    ),
    one(15, "one node frozen at start: others on screen", "ms", dataTargets[2] + 50, faults.frozenAtStartMs),
    {
      ...one(16, "one node frozen later: others' polls, of before", "x", 0.9, faults.later.askedRatio),
      atLeast: true,
    },
    { ...one(16, "one node frozen later: screen updates", "Hz", 0.9, faults.later.screenHz), atLeast: true },
    one(16, "one node frozen later: marked within", "ms", 3000, faults.later.markedMs),
    ...ofManyNodes(findings.manyNodes),
    { ...one(18, "a view takes 3 s: pulses of its node", "Hz", 0.95, slowView.slowHz), atLeast: true },
    one(18, "a view takes 3 s: its share of the server's time", "x", 0.1, slowView.share),
    { ...one(18, "a server of 2,000 sessions: its pulses", "Hz", 0.95, slowView.crowdedHz), atLeast: true },
    one(18, "either: times that the node was called stale", "", 0, slowView.stale),
    ...ofCrowd("2,000 sessions", crowds.alone, busy.observed.cpuSeconds),
    ...ofCrowd("2,000 sessions, 200 nodes", crowds.amongMany, crowds.fewAmongMany.cpuSeconds),
  ];
}

/** CPU of one program on some nodes against as many copies of pg_activity. */
function ofPgActivity(cpu: IdleCpu | null): Promised[] {
  if (cpu === null) return [];
  const row = (nodes: number, target: number, ours: number): Promised => {
    const copies = nodes === 1 ? "pg_activity" : `${nodes} copies of pg_activity`;
    const measure = `CPU, idle, ${nodes === 1 ? "1 node" : `${nodes} nodes`}, of ${copies}`;
    return { row: 3, measure, unit: "x", target, measured: ours / (nodes * cpu.peer) };
  };
  return [row(1, 1.8, cpu.one), row(2, 1, cpu.two), row(10, 0.35, cpu.ten), row(20, 0.35, cpu.twenty)];
}

/** Many sessions in a table, their CPU against that of 320 sessions in the same run. */
function ofCrowd(name: string, crowd: Crowded, fewCpuSeconds: number): Promised[] {
  const row = (measure: string, unit: string, target: number, measured: number): Promised => ({
    ...{ row: 19, measure: `${name}: ${measure}`, unit, target, measured },
  });
  return [
    row("key to changed screen, median", "ms", 16, crowd.keys.median),
    row("CPU, of that with 320", "x", 2, crowd.cpuSeconds / fewCpuSeconds),
    { ...row("pulses of each node", "Hz", 0.95, crowd.pulseHz), atLeast: true },
  ];
}

/** Start and end against a bare driver, and many nodes against few. */
function ofManyNodes({ one, twenty, twoHundred, loginsPerNode, bareDriverMs }: ManyNodes): Promised[] {
  const row = (measure: string, unit: string, target: number, measured: number): Promised => ({
    ...{ row: 17, measure, unit, target, measured },
  });
  const ratio = twoHundred.firstFrameMs / one.firstFrameMs;
  return [
    row("data of 20 nodes, 1.6 x a bare driver + 100", "ms", 1.6 * bareDriverMs + 100, twenty.allDataMs),
    row(
      "first data of 200, 2 x that of 20 + 1000",
      "ms",
      1000 + 2 * twenty.firstDataMs,
      twoHundred.firstDataMs,
    ),
    row("first frame of 200 nodes, of that of 1", "x", 1.5, ratio),
    row("logins of 200 nodes, for each", "", 1, loginsPerNode),
    row("quit with 20 nodes, more than with 1", "ms", 50, twenty.quitMs - one.quitMs),
    row("quit with 200 nodes", "ms", 500, twoHundred.quitMs),
  ];
}
