import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readlinkSync } from "node:fs";
import { basename } from "node:path";
import { readPlainFileNow } from "../../files/plain-file.ts";

const hasProc = existsSync("/proc/self/stat");
const serverPrograms = new Set(["postgres", "initdb"]);

/**
 * Names one process for good: its pid and its start time, within its pid namespace. Null when it is gone.
 * A pid alone is not enough, since the kernel gives it to another process later.
 */
export function identityOf(pid: number): string | null {
  if (!hasProc) {
    const started = ps(["-o", "lstart=", "-p", String(pid)])[0]?.trim();
    return started ? `${pid} ${started}` : null;
  }
  const [state, started] = [statFields(pid)?.[0], statFields(pid)?.[19]];
  return started === undefined || state === "Z" ? null : `${pid} ${started}`;
}

/** Processes of two containers that share a directory do not see one another; this tells them apart. */
export function pidNamespace(): string {
  return hasProc ? readlinkSync("/proc/self/ns/pid") : "";
}

/** The pids of the direct children of a process. */
export function childrenOf(pid: number): number[] {
  if (hasProc) return allPids().filter((child) => Number(statFields(child)?.[1]) === pid);
  return ps(["-ax", "-o", "pid=,ppid="])
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([child, parent]) => (parent === pid && child !== undefined ? [child] : []));
}

/**
 * The pids of postgres and initdb processes that work on a data directory below `directory`.
 * It is found from the kernel's view of each process, never from a pid file, which may be stale.
 */
export function serverProcessesIn(directory: string): number[] {
  if (hasProc) return allPids().filter((pid) => isServerIn(pid, directory));
  const parents = ps(["-axww", "-o", "pid=,command="]).flatMap((line) => {
    const [, pid, command = ""] = /^\s*(\d+) (.*)$/.exec(line) ?? [];
    const program = basename(command.split(" ")[0] ?? "");
    return serverPrograms.has(program) && command.includes(`${directory}/`) ? [Number(pid)] : [];
  });
  return parents.flatMap((pid) => [pid, ...childrenOf(pid)]);
}

/** Every postgres process changes into its data directory; initdb only names it. */
function isServerIn(pid: number, directory: string): boolean {
  try {
    const program = basename(readlinkSync(`/proc/${pid}/exe`)).replace(/ \(deleted\)$/, "");
    if (!serverPrograms.has(program)) return false;
    if (readlinkSync(`/proc/${pid}/cwd`).startsWith(`${directory}/`)) return true;
    return textOf(`/proc/${pid}/cmdline`).includes(`${directory}/`);
  } catch {
    return false; // it has just ended, or is another account's
  }
}

/** /proc/PID/stat from the field after the command's name, which may itself hold spaces (proc(5)). */
function statFields(pid: number): string[] | null {
  const stat = textOf(`/proc/${pid}/stat`);
  return stat === "" ? null : stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

/** Empty for a process that has just ended. */
function textOf(file: string): string {
  const read = readPlainFileNow(file, 4 * 1_048_576);
  return read.ok ? read.bytes.toString("utf8") : "";
}

function allPids(): number[] {
  return readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
}

function ps(options: string[]): string[] {
  try {
    return execFileSync("ps", options, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).split("\n");
  } catch {
    return []; // ps exits 1 when no process matches
  }
}

/** Sends a signal, and does not mind when the process has just ended. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // ESRCH: gone, which is what most signals are sent for
  }
}
