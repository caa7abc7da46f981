import type { ThrowawayServer } from "../src/services/throwaway/throwaway-server.ts";
import { median } from "./median.ts";
import { costOf } from "./process-cost.ts";
import { fullClears, type Running } from "./screen.ts";
import { openBills } from "./server-bill.ts";

/** What a running program costs; times and counts per minute, the servers' figures for each node. */
export type Observed = {
  readonly cpuSeconds: number;
  readonly peakRssMb: number;
  readonly bytesPerSecond: number;
  readonly clears: number;
  /** The most that any node held, and all that were opened. */
  readonly held: number;
  readonly opened: number;
  readonly statements: number;
  readonly serverMs: number;
  readonly serverCpuSeconds: number;
};

/** Watches a program that has settled, from outside and from the servers, for a while. */
export async function observe(
  { terminal }: Running,
  servers: readonly ThrowawayServer[],
  windowMs: number,
): Promise<Observed> {
  const closeBills = await openBills(servers);
  const [cost, bytes, written] = [costOf(terminal.pid), terminal.bytes, terminal.output().length];
  const startMs = performance.now();
  await Bun.sleep(windowMs);
  const seconds = (performance.now() - startMs) / 1000;
  const later = costOf(terminal.pid);
  const bytesPerSecond = (terminal.bytes - bytes) / seconds;
  const clears = fullClears(terminal.output().slice(written));
  const bills = await closeBills();
  return {
    cpuSeconds: ((later.cpuSeconds - cost.cpuSeconds) / seconds) * 60,
    peakRssMb: later.peakRssMb,
    bytesPerSecond,
    clears,
    held: Math.max(...bills.map(({ held }) => held)),
    opened: bills.reduce((sum, { opened }) => sum + opened, 0),
    statements: median(bills.map(({ statements }) => statements)),
    serverMs: median(bills.map(({ serverMs }) => serverMs)),
    serverCpuSeconds: median(bills.map(({ cpuSeconds }) => cpuSeconds)),
  };
}

/** Growth of resident memory in percent: the middle of the last fifth of a while against that of the first. */
export async function observeGrowth({ terminal }: Running, durationMs: number): Promise<number> {
  const samples: number[] = [];
  const endMs = performance.now() + durationMs;
  while (performance.now() < endMs) {
    samples.push(costOf(terminal.pid).rssMb);
    await Bun.sleep(Math.min(1000, durationMs / 20));
  }
  const fifth = Math.max(1, Math.floor(samples.length / 5));
  return 100 * (median(samples.slice(-fifth)) / median(samples.slice(0, fifth)) - 1);
}
