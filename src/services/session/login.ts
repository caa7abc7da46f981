import type { NodeSettings } from "../../config/settings.ts";
import { serverError } from "../../postgres/server-error.ts";
import { toNodeError } from "../../postgres/sqlstate.ts";
import type { LoginCredentials } from "../secrets/credentials.ts";
import { startupOptions } from "./own-settings.ts";
import type { SessionOptions } from "./session.ts";

/** Who we are, and the settings that make us a quiet guest. */
export function sessionOptions(node: NodeSettings) {
  const { connection } = node;
  return {
    host: connection.hostaddr ?? connection.host,
    port: connection.port,
    database: connection.dbname,
    user: connection.user,
    application_name: connection.applicationName,
    // The server takes the last word on a setting, which is ours.
    options: [connection.options ?? [], ...startupOptions(node)].flat().join(" "),
  };
}

/** A function, so that no client can print it, it is called only when the server asks, and the driver looks nowhere else. */
export function passwordFrom(credentials: LoginCredentials): () => Promise<string> {
  return async () => (await credentials.password()).reveal();
}

/**
 * True when the password was wrong, by what the server or the driver says. LDAP, PAM and RADIUS have the SQLSTATE of
 * other refusals, and a role without LOGIN has it too, whose password was right.
 */
export function isRefusal(cause: unknown, { wasGiven }: LoginCredentials): boolean {
  const server = serverError(cause);
  if (server) return server.code === "28P01" || (wasGiven && server.routine === "auth_failed");
  return wasGiven && toNodeError(cause).kind === "auth";
}

/** The pool's types also know a connection string. */
export function asObject(options: SessionOptions | undefined) {
  return typeof options === "object" ? options : {};
}
