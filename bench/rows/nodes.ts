import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type PrintedNode, printConfig } from "../../src/config/file/print.ts";
import { createServer } from "../../src/services/throwaway/create-server.ts";
import type { Scratch } from "../../src/services/throwaway/scratch.ts";
import type { ThrowawayServer } from "../../src/services/throwaway/throwaway-server.ts";

/** What every server is measured with. */
export const settings = {
  max_connections: "400",
  max_locks_per_transaction: "1024", // room for 1000 tables made in one transaction
  "pg_stat_statements.track": "all",
  "pg_stat_statements.track_planning": "on",
  log_connections: "on",
  autovacuum: "off",
};

/** The last server lets more in: 2,000 sessions, and those that watch. */
const sessionsOfLast = "2100";

/** The role that monitors, and the one that is monitored; the extension is where the bill is read. */
export const bootstrap = [
  "create role monitor login in role pg_monitor",
  "create role load login",
  "create extension pg_stat_statements",
];

/** initdb is bound by the CPU: more at a time are not made sooner. */
const lanes = 2;

/** Starts servers that know nothing of one another, each with its own initdb. */
export async function startNodes(scratch: Scratch, count: number): Promise<ThrowawayServer[]> {
  const names = Array.from({ length: count }, (_, index) => `node-${String(index + 1).padStart(2, "0")}`);
  const queue = names.entries();
  const servers: ThrowawayServer[] = [];
  const lane = async () => {
    for (const [index, name] of queue) {
      const own = index === count - 1 ? { ...settings, max_connections: sessionsOfLast } : settings;
      const server = await createServer(scratch, { name, settings: own, bootstrap });
      await server.start();
      servers[index] = server;
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return servers;
}

/** Writes a config file for nodes, whose name is what the screen calls them, such that the program under test monitors them as the role monitor. */
export async function writeConfig(
  folder: string,
  nodes: readonly { readonly name: string; readonly port: number }[],
  title: string,
  database = "postgres",
): Promise<string> {
  const file = join(folder, `${title}.yaml`);
  const printed = nodes.map(
    ({ name, port }): PrintedNode => ({
      name,
      port,
      cluster: null,
      group: null,
      host: "127.0.0.1",
      user: "monitor",
      database,
    }),
  );
  await writeFile(file, printConfig(printed, {}), { mode: 0o600 });
  return file;
}
