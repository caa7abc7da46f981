import pg from "pg";
import type { ThrowawayServer } from "../../src/services/throwaway/throwaway-server.ts";

/** Sessions of an application on one node. */
export type Sessions = { readonly end: () => Promise<void> };

const shortWork =
  "select pg_catalog.count(*), pg_catalog.pg_sleep(0.4) from pg_catalog.pg_class where oid < $1";

/** Opens sessions that rest and sessions that run one statement after another, as the role load. */
export async function makeBusy(server: ThrowawayServer, idle: number, active: number): Promise<Sessions> {
  const stop = new AbortController();
  const connection = { host: "127.0.0.1", port: server.port, user: "load", database: "postgres" };
  const clients = Array.from(
    { length: idle + active },
    (_, index) => new pg.Client({ ...connection, application_name: `app-${index % 7}` }),
  );
  const work = async (client: pg.Client) => {
    while (!stop.signal.aborted) await client.query(shortWork, [20_000]);
  };
  const working: Promise<void>[] = [];
  for (const [index, client] of clients.entries()) {
    client.on("error", () => {});
    await client.connect();
    if (index < active) working.push(work(client));
    else await client.query(`select ${index} as session`);
  }
  return {
    end: async () => {
      stop.abort();
      await Promise.all(working);
      await Promise.all(clients.map((client) => client.end()));
    },
  };
}
