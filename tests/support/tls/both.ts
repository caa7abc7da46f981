import { parseConninfo, resolveConnection } from "../../../src/postgres/conninfo/conninfo.ts";
import type { NodeError } from "../../../src/postgres/node-error.ts";
import type { TlsState } from "../../../src/postgres/server.ts";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import { nodeSettings } from "../servers/node-settings.ts";
import type { CountingRelay } from "./counting-relay.ts";
import type { LibpqLogin } from "./libpq-login.ts";

/** How a login ended, after how many TCP connections. */
export type Outcome = { readonly end: "plain" | "TLS" | "refused"; readonly connections: number };

/** What one connection string came to, by the program and by libpq. */
export type Both = {
  readonly ours: Outcome;
  readonly libpq: Outcome;
  readonly tls: TlsState | null;
  readonly error: NodeError | null;
  /** For whoever reads a failure of the test. */
  readonly libpqError: string | null;
};

/** Connects as a node of this connection string does, once. */
export async function connectAs(
  conninfo: string,
): Promise<{ readonly error: NodeError | null; readonly tls: TlsState | null }> {
  const parsed = parseConninfo(conninfo);
  if (!parsed.ok) throw new Error(parsed.error.message);
  const connection = resolveConnection(parsed.parameters, { user: "nobody", socketDirectories: [] });
  const manager = new ConnectionManager();
  const node = { name: "node", port: connection.port };
  const secret = connection.password;
  const settings = nodeSettings(node, { connection });
  manager.add({ ...settings, passwords: secret ? [{ kind: "inline", secret }] : [] });
  const error = await manager.ready(node.name);
  const tls = manager.facts(node.name)?.tls ?? null;
  await manager.stop(0);
  return { error, tls };
}

/** Has the program and libpq connect by the same string, whose port must be the relay's. */
export async function connectBoth(conninfo: string, relay: CountingRelay, libpq: LibpqLogin): Promise<Both> {
  const before = relay.connections;
  const { error, tls } = await connectAs(conninfo);
  const between = relay.connections;
  const theirs = libpq(conninfo);
  const after = relay.connections;
  const end = (failed: boolean, encrypted: boolean) => (failed ? "refused" : encrypted ? "TLS" : "plain");
  return {
    ours: { end: end(error !== null, tls !== null), connections: between - before },
    libpq: { end: end(theirs.error !== null, theirs.tls), connections: after - between },
    tls,
    error,
    libpqError: theirs.error,
  };
}
