import { chownSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { until } from "../servers/servers.ts";
import type { Signed } from "./authority.ts";
import { connectAs } from "./both.ts";

/** Puts a copy of a file into a server's data directory, as the server wants its files. */
export function place(server: ThrowawayServer, name: string, from: string): void {
  const { account } = server.scratch.binaries;
  const file = join(server.dataDirectory, name);
  writeFileSync(file, readFileSync(from), { mode: 0o600 });
  if (account) chownSync(file, account.uid, account.gid);
}

/** Makes a server take its settings, its pg_hba.conf and its certificates anew. */
export async function reload(server: ThrowawayServer): Promise<void> {
  await server.query("select pg_catalog.pg_reload_conf()");
}

/**
 * Has a server offer a certificate from the next connection on, which is known again by its end. Its pg_hba.conf must
 * let `user` in over TLS.
 */
export async function offer(server: ThrowawayServer, certificate: Signed, user: string): Promise<void> {
  place(server, "server.crt", certificate.crt);
  place(server, "server.key", certificate.key);
  await server.query("alter system set ssl = on");
  await reload(server);
  await until(async () => {
    const way = `host=127.0.0.1 port=${server.port} user=${user} dbname=postgres sslmode=require`;
    return (await connectAs(way)).tls?.expiresAtMs === certificate.endsAtMs;
  });
}
