import { readdirSync, readFileSync } from "node:fs";

/** CPU time in seconds and resident memory in MB of a process and everything it started. */
export type ProcessCost = { readonly cpuSeconds: number; readonly rssMb: number; readonly peakRssMb: number };

/** USER_HZ, which /proc counts in: 100 on every Linux that Bun runs on (sysconf(_SC_CLK_TCK)). */
const ticksPerSecond = 100;

/** The pids of a process and of its descendants that live. */
export function processTree(root: number): number[] {
  const children = Map.groupBy(
    readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : [])),
    (pid) => Number(stat(pid)[1]),
  );
  const below = (pid: number): number[] => [pid, ...(children.get(pid) ?? []).flatMap(below)];
  return stat(root).length === 0 ? [] : below(root);
}

/**
 * What a process tree has cost so far. CPU includes ended children that were waited for (cutime, cstime);
 * memory is the sum of resident sets, pages shared between the processes counted once each (proc(5)).
 */
export function costOf(root: number): ProcessCost {
  const all = processTree(root).map(costOfOne);
  const sum = (value: (cost: ProcessCost) => number) => all.reduce((total, cost) => total + value(cost), 0);
  return {
    cpuSeconds: sum((cost) => cost.cpuSeconds),
    rssMb: sum((cost) => cost.rssMb),
    peakRssMb: sum((cost) => cost.peakRssMb),
  };
}

function costOfOne(pid: number): ProcessCost {
  const ticks = stat(pid).slice(11, 15).map(Number);
  const status = read(`/proc/${pid}/status`);
  const kilobytes = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1] ?? 0);
  return {
    cpuSeconds: ticks.reduce((total, value) => total + value, 0) / ticksPerSecond,
    rssMb: (kilobytes("VmRSS") * 1024) / 1e6,
    peakRssMb: (kilobytes("VmHWM") * 1024) / 1e6,
  };
}

/** Milliseconds that one process has run, finer than its ticks (/proc/PID/schedstat); null when it is gone. */
export function runMsOf(pid: number): number | null {
  const nanoseconds = read(`/proc/${pid}/schedstat`).split(" ", 1)[0];
  return nanoseconds ? Number(nanoseconds) / 1e6 : null;
}

/** /proc/PID/stat from the state on; empty when the process is gone. */
function stat(pid: number): string[] {
  const text = read(`/proc/${pid}/stat`);
  return text === "" ? [] : text.slice(text.lastIndexOf(")") + 2).split(" ");
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // it has just ended
  }
}
