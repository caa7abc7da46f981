import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import type { Secret } from "../../text/secret.ts";
import { freePorts } from "./free-port.ts";
import { makePrivate, type Scratch } from "./scratch.ts";
import { pgHbaConf, postgresqlConf } from "./server-configuration.ts";
import { runServerProgram } from "./server-program.ts";
import { ThrowawayServer } from "./throwaway-server.ts";

export type ServerOptions = {
  /** Also the cluster_name setting. */
  readonly name: string;
  /** A free one when left out. */
  readonly port?: number;
  /** Lines of postgresql.conf beyond the throw-away defaults. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Statements run before the first start, one line each, in the database postgres. */
  readonly bootstrap?: readonly string[];
  /** A database to make after that, and the statements run in it. */
  readonly database?: { readonly name: string; readonly statements: readonly string[] };
  /** When given, TCP connections need a password (SCRAM), and this is the superuser's. */
  readonly password?: Secret;
  /** Lets the superuser in through TCP. Off, since it lets every account of the machine run programs. */
  readonly superuserOverTcp?: boolean;
};

/** Every server has the role that its standbys connect as. */
const replicationRole = "create role replicator login replication";

/** Makes a server of its own cluster, with its own system identifier, that is not started yet. */
export async function createServer(scratch: Scratch, options: ServerOptions): Promise<ThrowawayServer> {
  const [port = 0] = options.port ? [options.port] : await freePorts(1);
  const server = new ThrowawayServer(scratch, options.name, port);
  const data = server.dataDirectory;
  await makePrivate(server.folder, scratch.binaries.account);
  const initdb = ["initdb", "-D", data, "-U", "postgres", "-A", "trust", "--no-locale", "-E", "UTF8"];
  await runServerProgram(scratch, [...initdb, "--no-sync"]);
  const configuration = postgresqlConf(server, scratch.binaries.major, options.settings ?? {});
  await writeFile(join(data, "postgresql.conf"), configuration);
  const method = options.password ? "scram-sha-256" : "trust";
  const superuser = options.password || options.superuserOverTcp ? method : "reject";
  await writeFile(join(data, "pg_hba.conf"), pgHbaConf(method, superuser));
  const statements = [replicationRole, ...(options.bootstrap ?? [])];
  if (options.password)
    statements.push(`alter role postgres password ${pg.escapeLiteral(options.password.reveal())}`);
  if (options.database) statements.push(`create database ${pg.escapeIdentifier(options.database.name)}`);
  await runSingleUser(server, "postgres", statements);
  if (options.database) await runSingleUser(server, options.database.name, options.database.statements);
  return server;
}

/** Makes and starts a server, and resolves when it accepts connections. */
export async function startServer(scratch: Scratch, options: ServerOptions): Promise<ThrowawayServer> {
  const server = await createServer(scratch, options);
  await server.start();
  return server;
}

/**
 * Runs statements without starting the server (postgres --single), so that its first connection and the
 * standbys copied from it find everything. Each must fit on one line. Rejects with the first error.
 */
async function runSingleUser(
  server: ThrowawayServer,
  database: string,
  statements: readonly string[],
): Promise<void> {
  const settings = ["-c", "log_checkpoints=off", "-c", "exit_on_error=on"];
  const command = ["postgres", "--single", "-D", server.dataDirectory, ...settings, database];
  await runServerProgram(server.scratch, command, `${statements.join("\n")}\n`);
}
