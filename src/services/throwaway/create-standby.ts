import { appendFile, chown, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { freePorts } from "./free-port.ts";
import { makePrivate } from "./scratch.ts";
import { settingLines } from "./server-configuration.ts";
import { runServerProgram } from "./server-program.ts";
import { ThrowawayServer } from "./throwaway-server.ts";

export type StandbyOptions = {
  /** Also the cluster_name, and the application_name that pg_stat_replication shows. */
  readonly name: string;
  /** A free one when left out. */
  readonly port?: number;
  readonly settings?: Readonly<Record<string, string>>;
  /** A physical replication slot, which must be there on the primary. */
  readonly slot?: string;
};

/** What a base backup leaves out (Continuous Archiving, "Backing Up the Data Directory"), and our markers. */
const leftOut = new Set([
  "postmaster.pid",
  "postmaster.opts",
  "standby.signal",
  "recovery.conf",
  "backup_label",
]);
const emptied = new Set([
  "pg_replslot",
  "pg_dynshmem",
  "pg_notify",
  "pg_serial",
  "pg_snapshots",
  "pg_stat_tmp",
]);

/**
 * Makes a streaming standby of a server, not started yet, by copying its files: as they are while the server
 * is down, as a backup while it runs. The server may itself be a standby, which makes a cascade.
 */
export async function createStandby(of: ThrowawayServer, options: StandbyOptions): Promise<ThrowawayServer> {
  const [port = 0] = options.port ? [options.port] : await freePorts(1);
  const standby = new ThrowawayServer(of.scratch, options.name, port);
  await makePrivate(standby.folder, of.scratch.binaries.account);
  await makePrivate(standby.dataDirectory, of.scratch.binaries.account);
  if (of.pid() === null) await copyFiles(of, standby, emptied);
  else await copyRunning(of, standby);
  const conninfo = `host=127.0.0.1 port=${of.port} user=replicator application_name=${options.name}`;
  const own = { port: String(port), cluster_name: options.name };
  const slot = options.slot ?? "";
  // Before 12 these were settings of recovery.conf, which takes no empty slot name and makes the server a standby.
  const isOld = of.scratch.binaries.major < 12;
  const following = isOld ? {} : { primary_conninfo: conninfo, primary_slot_name: slot };
  const recovery = {
    standby_mode: "on",
    primary_conninfo: conninfo,
    ...(slot && { primary_slot_name: slot }),
  };
  // The last line of a setting wins.
  const settings = settingLines({ ...own, ...following, ...options.settings });
  await appendFile(join(standby.dataDirectory, "postgresql.conf"), settings);
  if (isOld) await writeOwned(standby, "recovery.conf", settingLines(recovery));
  else await writeOwned(standby, "standby.signal", "");
  return standby;
}

/** Makes and starts a standby, and resolves when it accepts connections. */
export async function startStandby(of: ThrowawayServer, options: StandbyOptions): Promise<ThrowawayServer> {
  const standby = await createStandby(of, options);
  await standby.start();
  return standby;
}

/** A base backup by hand: without the WAL, which is streamed from the server afterwards. */
async function copyRunning(of: ThrowawayServer, standby: ThrowawayServer): Promise<void> {
  const session = new pg.Client({
    host: of.socketDirectory,
    port: of.port,
    user: "postgres",
    database: "postgres",
  });
  session.on("error", () => {});
  await session.connect();
  try {
    const { start, stop } = backupStatements(of.scratch.binaries.major);
    await session.query(start);
    await copyFiles(of, standby, new Set([...emptied, "pg_wal"]));
    const stopped = await session.query<{ labelfile: string }>(stop);
    await writeOwned(standby, "backup_label", stopped.rows[0]?.labelfile ?? "");
  } finally {
    await session.end();
  }
}

/** 15 renamed the functions, and left out the exclusive backup that had to be declined before. */
function backupStatements(major: number): { start: string; stop: string } {
  if (major >= 15)
    return {
      start: "select pg_catalog.pg_backup_start('standby', true)",
      stop: "select labelfile from pg_catalog.pg_backup_stop(false)",
    };
  return {
    start: "select pg_catalog.pg_start_backup('standby', true, false)",
    stop: "select labelfile from pg_catalog.pg_stop_backup(false, false)",
  };
}

async function copyFiles(
  of: ThrowawayServer,
  to: ThrowawayServer,
  empty: ReadonlySet<string>,
): Promise<void> {
  const names = (await readdir(of.dataDirectory)).filter((name) => !leftOut.has(name));
  const sources = names.filter((name) => !empty.has(name)).map((name) => join(of.dataDirectory, name));
  await runServerProgram(of.scratch, ["/bin/cp", "-a", ...sources, to.dataDirectory]);
  const { account } = of.scratch.binaries;
  for (const name of names) if (empty.has(name)) await makePrivate(join(to.dataDirectory, name), account);
}

/** PostgreSQL renames or removes these files itself, and for that they must be its own. */
async function writeOwned(server: ThrowawayServer, name: string, text: string): Promise<void> {
  const path = join(server.dataDirectory, name);
  await writeFile(path, text, { mode: 0o600 });
  const { account } = server.scratch.binaries;
  if (account) await chown(path, account.uid, account.gid);
}
