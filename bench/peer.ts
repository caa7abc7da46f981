import type { ThrowawayServer } from "../src/services/throwaway/throwaway-server.ts";
import { type Measured, measureProgram, type Subject } from "./measure-program.ts";
import type { Options } from "./options.ts";
import { type KeyLatency, measureKeys, wholeScreen } from "./rows/key-latency.ts";
import { quit, startUp } from "./rows/start-up.ts";

export type Peer = { readonly measured: Measured; readonly keys: KeyLatency };

/** Where pg_activity is and which version, or null when it is not installed. */
export async function findPgActivity(): Promise<{ path: string; version: string } | null> {
  const path = Bun.which("pg_activity");
  if (path === null) return null;
  const child = Bun.spawn([path, "--version"], { stdout: "pipe", stderr: "ignore" });
  return { path, version: (await new Response(child.stdout).text()).trim() };
}

/** pg_activity at one refresh a second on one node. */
export function pgActivity(path: string, home: string, server: ThrowawayServer): Subject {
  const address = ["-h", "127.0.0.1", "-p", String(server.port), "-U", "monitor", "-d", "postgres"];
  return {
    command: [path, ...address, "--refresh", "1"],
    home,
    servers: [server],
    isFirstFrame: /\S/,
    hasData: /RUNNING QUERIES/,
  };
}

/** Measures pg_activity on one node; its keys 1 and 2 change between screens of sessions. */
export async function measurePgActivity(subject: Subject, options: Options): Promise<Peer> {
  const measured = await measureProgram(subject, options);
  const { running } = await startUp(subject.command, subject.home, subject.isFirstFrame, subject.hasData);
  await Bun.sleep(options.warmUpMs);
  const keys = await measureKeys(running.terminal, ["2", "1"], options.keys, wholeScreen);
  await quit(running);
  return { measured, keys };
}
