import { afterAll } from "bun:test";
import {
  createServer,
  type ServerOptions,
  startServer,
} from "../../../src/services/throwaway/create-server.ts";
import { createStandby } from "../../../src/services/throwaway/create-standby.ts";
import { openScratch, type Scratch } from "../../../src/services/throwaway/scratch.ts";
import "../own-ports.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";

export type Cluster = { primary: ThrowawayServer; standbys: ThrowawayServer[] };

/** Roles that views are tested as, besides the superuser `postgres`. All come in through TCP without a password. */
const testRoles = ["create role monitor login in role pg_monitor", "create role bare login"];

export type Servers = {
  scratch(): Promise<Scratch>;
  /** A server of its own cluster; the same one for the same name. */
  lone(name: string, options?: Omit<ServerOptions, "name">): Promise<ThrowawayServer>;
  /** A primary and its streaming standbys, one unless told otherwise; the same ones for the same name. */
  cluster(name?: string, standbys?: number, options?: Omit<ServerOptions, "name">): Promise<Cluster>;
};

type Kind = {
  /** Finds the folder of other server binaries than the packaged ones. */
  readonly binaries?: () => Promise<string>;
  /** Lines of every server's postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>;
};

/** Real servers for one test file: started at the first call, gone after the last test or with the process. */
export function serversForTests({ binaries, settings }: Kind = {}): Servers {
  const lone = new Map<string, Promise<ThrowawayServer>>();
  const clusters = new Map<string, Promise<Cluster>>();
  let opened: Promise<Scratch> | undefined;
  const scratch = () => {
    opened ??= binaries ? binaries().then((folder) => openScratch("test", folder)) : openScratch("test");
    return opened;
  };
  const all = (options: ServerOptions): ServerOptions =>
    forTests({ ...options, settings: { ...settings, ...options.settings } });
  endOnSignals();
  afterAll(async () => (await opened)?.destroy(), 2 * hangMs);
  return {
    scratch,
    lone: (name, options) =>
      once(lone, name, async () => startServer(await scratch(), all({ ...options, name }))),
    cluster: (name = "main", standbys = 1, options) =>
      once(clusters, name, async () => {
        const primary = await createServer(await scratch(), all({ ...options, name: `${name}-1` }));
        const numbers = Array.from({ length: standbys }, (_, index) => index + 2);
        const copies = await Promise.all(
          numbers.map((number) => createStandby(primary, { name: `${name}-${number}` })),
        );
        await Promise.all([primary, ...copies].map((server) => server.start()));
        return { primary, standbys: copies };
      }),
  };
}

/** More than anything takes on a machine four times as slow, so that only what hangs is late. In ms. */
export const hangMs = 30_000;

/** Awaits a condition: resolves with its first truthy value, rejects with its last error after `timeoutMs`. */
export async function until<T>(
  condition: () => T | Promise<T>,
  timeoutMs = hangMs,
): Promise<Exclude<T, false | null | undefined>> {
  const deadline = performance.now() + timeoutMs;
  for (let last: unknown = new Error(`not so within ${timeoutMs} ms: ${condition}`); ; await Bun.sleep(10)) {
    try {
      const value = await condition();
      if (value) return value as Exclude<T, false | null | undefined>;
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline) throw last;
  }
}

function forTests(options: ServerOptions): ServerOptions {
  const settings = { "pg_stat_statements.track": "all", ...options.settings };
  return {
    superuserOverTcp: true,
    ...options,
    settings,
    bootstrap: [...testRoles, ...(options.bootstrap ?? [])],
  };
}

function once<T>(made: Map<string, Promise<T>>, name: string, make: () => Promise<T>): Promise<T> {
  const found = made.get(name) ?? make();
  made.set(name, found);
  return found;
}

let ending = false;

/** Without a listener a signal ends the process before its exit event, which is where servers are ended. */
function endOnSignals(): void {
  if (ending) return;
  ending = true;
  for (const [name, number] of [
    ["SIGHUP", 1],
    ["SIGINT", 2],
    ["SIGTERM", 15],
  ] as const) {
    process.once(name, () => process.exit(128 + number));
  }
}
