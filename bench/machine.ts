import { readFileSync } from "node:fs";
import { cpus, loadavg, totalmem, type } from "node:os";

/** The machine and the versions that figures hold for, in a line of words. */
export function describeMachine(postgres: string): string {
  const cores = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  const load = loadavg()[0] ?? 0;
  const isShared = load > cores.length ? ", others at work on it: times are upper bounds" : "";
  return [
    `${cores.length} cores (${cores[0]?.model.trim() || "unknown processor"}), ${memory} GB, ${systemName()}`,
    `Bun ${Bun.version}`,
    `PostgreSQL ${postgres}`,
    `load average ${load.toFixed(2)} when the run began${isShared}`,
  ].join("; ");
}

function systemName(): string {
  try {
    return /^PRETTY_NAME="?([^"\n]+)/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? type();
  } catch {
    return type();
  }
}
