import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What a demo leaves on a machine while it runs: its directory, its processes and its ports. */
export type Traces = {
  readonly directory: string;
  readonly ports: readonly number[];
  /** What of it is still there, in words; empty when it is gone without a trace. */
  left(): Promise<string[]>;
};

/** Finds the traces of the demo that runs in this process; null until it has written where they are. */
export function tracesOf(pid: number): Traces | null {
  const parent = realpathSync(tmpdir());
  const directory = readdirSync(parent)
    .filter((name) => name.startsWith("pgparade-demo-"))
    .map((name) => join(parent, name))
    .find((path) => ownerOf(path) === pid);
  if (directory === undefined || !existsSync(join(directory, "config.yaml"))) return null;
  const config = readFileSync(join(directory, "config.yaml"), "utf8");
  const ports = [...config.matchAll(/port: (\d+)/g)].map(([, port]) => Number(port));
  return { directory, ports, left: () => leftOf(directory, ports) };
}

function ownerOf(directory: string): number | null {
  try {
    const { identity } = JSON.parse(readFileSync(join(directory, "owner.json"), "utf8")) as {
      identity: string;
    };
    return Number.parseInt(identity, 10);
  } catch {
    return null;
  }
}

async function leftOf(directory: string, ports: readonly number[]): Promise<string[]> {
  const answering = await Promise.all(ports.map(answers));
  return [
    ...(existsSync(directory) ? [`directory ${directory}`] : []),
    ...processesIn(directory).map((pid) => `process ${pid}`),
    ...ports.filter((_, index) => answering[index]).map((port) => `port ${port}`),
  ];
}

/** Processes that were started with something in that directory. */
function processesIn(directory: string): string[] {
  return readdirSync("/proc").filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      return readFileSync(`/proc/${name}/cmdline`, "utf8").includes(directory);
    } catch {
      return false; // gone while it was looked at
    }
  });
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
