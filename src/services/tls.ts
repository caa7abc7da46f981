import { readFileSync } from "node:fs";
import type { ConnectionOptions } from "node:tls";
import type { ConnectionParameters } from "../postgres/conninfo.ts";

/**
 * The driver's TLS option for libpq's sslmode (libpq, "SSL Support"), or false for a plain connection.
 * A Unix socket is never encrypted. Throws when a named file cannot be read.
 */
export function tlsOptions(server: ConnectionParameters): ConnectionOptions | false {
  const { sslmode, sslrootcert, sslcert, sslkey } = server;
  if (sslmode === "disable" || sslmode === "allow" || server.host.startsWith("/")) return false;
  const read = (file: string | null) => (file === null ? undefined : readFileSync(file));
  const options: ConnectionOptions = {};
  const files = { ca: read(sslrootcert), cert: read(sslcert), key: read(sslkey) };
  if (files.ca) options.ca = files.ca;
  if (files.cert) options.cert = files.cert;
  if (files.key) options.key = files.key;
  // A root certificate turns `require` into `verify-ca`, as in libpq.
  const verifies = sslmode.startsWith("verify") || (sslmode === "require" && sslrootcert !== null);
  if (!verifies) options.rejectUnauthorized = false;
  else if (sslmode !== "verify-full") options.checkServerIdentity = () => undefined;
  return options;
}

/** True when `prefer` goes on without TLS after this error: libpq's own two reasons. */
export function fallsBackToPlain(server: ConnectionParameters, message: string): boolean {
  return (
    server.sslmode === "prefer" &&
    (message === "The server does not support SSL connections" || /^no pg_hba\.conf entry/.test(message))
  );
}
