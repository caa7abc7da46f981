import { readFileSync, statSync } from "node:fs";
import type { ConnectionOptions } from "node:tls";
import type { ConnectionParameters } from "../postgres/conninfo.ts";
import { usesUnixSocket } from "../postgres/socket-address.ts";
import { NodeFailure, nodeError } from "../postgres/sqlstate.ts";

/**
 * The driver's TLS option for libpq's sslmode (libpq, "SSL Support"), or false for a plain connection.
 * A Unix socket is never encrypted. Throws a {@link NodeFailure} of kind `tls` when a named file cannot be read.
 */
export function tlsOptions(server: ConnectionParameters): ConnectionOptions | false {
  const { sslmode, sslrootcert, sslcert, sslkey } = server;
  if (sslmode === "disable" || sslmode === "allow" || usesUnixSocket(server)) return false;
  const options: ConnectionOptions = {};
  // The driver only knows where the socket goes.
  if (server.hostaddr !== null) options.servername = server.host;
  const files = {
    ca: read(sslrootcert === "system" ? null : sslrootcert),
    cert: read(sslcert),
    key: read(sslkey),
  };
  if (sslkey !== null) refuseSharedKey(sslkey);
  if (files.ca) options.ca = files.ca;
  if (files.cert) options.cert = files.cert;
  if (files.key) options.key = files.key;
  // A root certificate turns `require` into `verify-ca`, as in libpq.
  const verifies = sslmode.startsWith("verify") || (sslmode === "require" && sslrootcert !== null);
  if (!verifies) options.rejectUnauthorized = false;
  else if (sslmode !== "verify-full") options.checkServerIdentity = () => undefined;
  return options;
}

function read(file: string | null): Buffer | undefined {
  if (file === null) return undefined;
  try {
    return readFileSync(file);
  } catch (cause) {
    const why = cause instanceof Error && "code" in cause ? cause.code : "error";
    throw new NodeFailure(
      nodeError("tls", `cannot read ${file} (${why})`, "Check the paths of sslrootcert, sslcert and sslkey."),
    );
  }
}

/** libpq's rule ("Client Certificates"): 0600 or less, or 0640 when root owns the key and a group may use it. */
function refuseSharedKey(file: string): void {
  const { mode, uid } = statSync(file);
  if ((mode & (uid === 0 ? 0o027 : 0o077)) === 0) return;
  throw new NodeFailure(
    nodeError("tls", `the key ${file} may be used by others`, "Take their access away: chmod 600."),
  );
}

/** True when `prefer` goes on without TLS after this error: libpq's own two reasons. */
export function fallsBackToPlain(server: ConnectionParameters, cause: unknown): boolean {
  const message = cause instanceof Error ? cause.message : "";
  return (
    server.sslmode === "prefer" &&
    (message === "The server does not support SSL connections" || /^no pg_hba\.conf entry/.test(message))
  );
}
