import { rmSync } from "node:fs";
import { rm } from "node:fs/promises";
import { sleep } from "../schedule.ts";
import { serverProcessesIn, signal } from "./processes.ts";

const stepMs = 20;
const patienceMs = 3000;
const limitMs = 10_000;

/** Ends every server process below `directory`, then removes it. */
export async function endServersIn(directory: string): Promise<void> {
  for (const remain of asking(directory)) {
    if (remain) await sleep(stepMs);
  }
  await rm(directory, { recursive: true, force: true, maxRetries: 5 });
}

/** The same without an await, for the last moment of a process. */
export function endServersNow(directory: string): void {
  for (const remain of asking(directory)) {
    if (remain) Bun.sleepSync(stepMs);
  }
  rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
}

/**
 * Yields how many processes remain, until none do. SIGQUIT is PostgreSQL's immediate shutdown: it loses nothing
 * that matters here and, unlike SIGKILL, gives shared memory back. Frozen processes are thawed to hear it.
 */
function* asking(directory: string): Generator<number> {
  const asked = new Set<number>();
  for (let waitedMs = 0; waitedMs < limitMs; waitedMs += stepMs) {
    const pids = serverProcessesIn(directory);
    for (const pid of pids) {
      if (waitedMs >= patienceMs) signal(pid, "SIGKILL");
      else if (!asked.has(pid)) signal(pid, "SIGQUIT");
      signal(pid, "SIGCONT");
      asked.add(pid);
    }
    if (pids.length === 0) return;
    yield pids.length;
  }
}
