import { afterAll } from "bun:test";
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { NodeSettings } from "../../../src/config/settings.ts";
import { createServer } from "../../../src/services/throwaway/create-server.ts";
import { createStandby, startStandby } from "../../../src/services/throwaway/create-standby.ts";
import { openScratch, type Scratch } from "../../../src/services/throwaway/scratch.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { nodeSettings } from "./node-settings.ts";

/** The major that the project comes with. */
export const newest = 18;
const older = [10, 11, 12, 13, 14, 15, 16, 17];
const folder = fileURLToPath(new URL("../../majors", import.meta.url));

/** `missing` says which majors cannot be tested here, and why; null when all can. */
export type Majors = { readonly found: readonly number[]; readonly missing: string | null };

/**
 * Installs the binaries of the older majors where there are any (linux-x64, about 490 MB, once).
 * The newest comes with the project. Rejects only in CI, where an incomplete matrix is a failure.
 */
export async function installMajors(): Promise<Majors> {
  const why = await whyNotInstalled();
  if (why === null) return { found: [...older, newest], missing: null };
  if (process.env["CI"] === "true") throw new Error(`the older majors are not installed: ${why}`);
  return { found: [newest], missing: `${older.join(", ")} are not tested: ${why}` };
}

async function whyNotInstalled(): Promise<string | null> {
  if (process.platform !== "linux" || process.arch !== "x64") return "their binaries are for linux-x64";
  try {
    const install = ["install", "--frozen-lockfile"];
    await promisify(execFile)(process.execPath, install, { cwd: folder, timeout: 600_000 });
    return null;
  } catch (error) {
    const said = error instanceof Error && "stderr" in error ? String(error.stderr) : String(error);
    const why = said.split("\n").find((line) => line.startsWith("error")) ?? said.trim();
    return `bun install in tests/majors failed: ${why}`;
  }
}

/** The folder of a major's binaries, for {@link openScratch}; those of the project for the newest. */
export function binariesOf(major: number): string | undefined {
  return major === newest ? undefined : `${folder}/node_modules/pg${major}/native`;
}

export const serverKinds = ["primary", "standby", "cascading standby"] as const;
export type ServerKind = (typeof serverKinds)[number];

/** Who asks: the superuser, a member of pg_monitor, a role with no rights of its own. */
export const roles = ["postgres", "monitor", "bare"] as const;
export type Role = (typeof roles)[number];

export type MajorServers = Readonly<Record<ServerKind, ThrowawayServer>>;

/** The servers of each major, the next one's started while one is tested; all are gone after the last test. */
export function serversOfMajors(
  majors: readonly number[],
  settings: Readonly<Record<string, string>> = {},
): (major: number) => Promise<MajorServers> {
  const opened: Promise<Scratch>[] = [];
  const started = new Map<number, Promise<MajorServers>>();
  afterAll(async () => {
    await Promise.allSettled(started.values());
    await Promise.all(opened.map(async (scratch) => (await scratch).destroy()));
  }, 30_000);
  const start = async (major: number) => {
    const scratch = openScratch("test", binariesOf(major));
    opened.push(scratch);
    return startMajor(await scratch, settings);
  };
  const once = (major: number) => {
    const servers = started.get(major) ?? start(major);
    servers.catch(() => {}); // whoever asks for it hears of it
    started.set(major, servers);
    return servers;
  };
  return async (major) => {
    const servers = await once(major);
    const next = majors[majors.indexOf(major) + 1];
    if (next !== undefined) void once(next);
    return servers;
  };
}

/** A primary, its standby on a slot, copied before the first start, and a standby of that one, copied while it runs. */
async function startMajor(
  scratch: Scratch,
  settings: Readonly<Record<string, string>>,
): Promise<MajorServers> {
  const bootstrap = [
    "create role monitor login in role pg_monitor",
    "create role bare login",
    "select pg_create_physical_replication_slot('slot_of_standby')",
  ];
  const primary = await createServer(scratch, { name: "primary", settings, bootstrap });
  const standby = await createStandby(primary, { name: "standby", slot: "slot_of_standby" });
  await Promise.all([primary.start(), standby.start()]);
  const cascade = await startStandby(standby, { name: "cascade" });
  return { primary, standby, "cascading standby": cascade };
}

/** A server as a node of pgparade, asked as one of the roles through its socket. */
export function nodeOf({ name, port, socketDirectory }: ThrowawayServer, user: Role): NodeSettings {
  return nodeSettings({ name: `${name} ${user}`, port }, { connection: { host: socketDirectory, user } });
}
