import { startServer } from "../../../src/services/throwaway/create-server.ts";
import type { Scratch } from "../../../src/services/throwaway/scratch.ts";

/** A publisher with the publication shop of the table orders, and a server with an empty one that may subscribe. */
export async function logicalPair(scratch: Scratch, more: Readonly<Record<string, string>> = {}) {
  const bootstrap = ["create role monitor login in role pg_monitor"];
  const settings = { wal_level: "logical", wal_retrieve_retry_interval: "100ms", ...more };
  const publisher = await startServer(scratch, { name: "publisher", settings, bootstrap });
  const subscriber = await startServer(scratch, { name: "subscriber", settings, bootstrap });
  // What is made in single-user mode counts as the system's own, and is not published.
  for (const server of [publisher, subscriber])
    await server.query("create table public.orders (id int primary key)");
  await publisher.query("create publication shop for table public.orders");
  return { publisher, subscriber };
}
