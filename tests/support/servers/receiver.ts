import { once } from "node:events";
import pg from "pg";
import { parseLsn } from "../../../src/postgres/lsn.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";

/** What the driver has and its types lack: the connection below a client. */
type Below = NodeJS.EventEmitter & { sendCopyFromChunk(chunk: Buffer): void; stream: { destroy(): void } };

/**
 * Receives WAL as pg_receivewal does: it reports what it has written, and flushed when asked to, and replays nothing.
 * The streaming replication protocol is the same in all majors.
 */
export async function receiving(server: ThrowawayServer, { flushes }: { flushes: boolean }) {
  const client = new pg.Client({
    host: server.socketDirectory,
    port: server.port,
    user: "postgres",
    application_name: "receiver",
    // The driver passes it on.
    ...({ replication: "true" } as object),
  });
  client.on("error", () => {});
  await client.connect();
  const below = (client as unknown as { connection: Below }).connection;
  const { rows } = await client.query<{ xlogpos: string }>("IDENTIFY_SYSTEM");
  const started = once(below, "replicationStart");
  client.query(`START_REPLICATION PHYSICAL ${rows[0]?.xlogpos}`).catch(() => {});
  await started;
  return {
    /** Says that it has all that the server has written. */
    async report(): Promise<void> {
      const [now] = await server.query<{ lsn: string }>("select pg_catalog.pg_current_wal_lsn() as lsn");
      const position = parseLsn(now?.lsn ?? "") ?? 0n;
      const message = Buffer.alloc(34);
      message.write("r");
      message.writeBigInt64BE(position, 1);
      message.writeBigInt64BE(flushes ? position : 0n, 9);
      below.sendCopyFromChunk(message);
    },
    async [Symbol.asyncDispose]() {
      below.stream.destroy();
    },
  };
}
