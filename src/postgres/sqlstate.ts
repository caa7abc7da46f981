import { type NodeError, type NodeErrorKind, NodeFailure, nodeError } from "./node-error.ts";
import { serverError } from "./server-error.ts";
import { tlsInWords } from "./tls-code.ts";

const bySqlstate: Readonly<Record<string, readonly [NodeErrorKind, string | null]>> = {
  "28000": ["auth", "pg_hba.conf has no line that lets this user in from here, or the role may not log in."],
  "28P01": ["auth", "The password is wrong or missing."],
  "3D000": ["auth", "The database does not exist: set `database`."],
  "42501": ["privilege", "GRANT pg_monitor TO this role."],
  "53300": ["too-many-connections", "All connection slots are taken: see max_connections."],
  "57P01": ["shutting-down", "The backend was ended by an administrator or the server is stopping."],
  // It starts, stops or recovers: only its text says which, and that is translated.
  "57P03": ["starting", null],
  "57P02": ["starting", "Another backend crashed; the server is recovering."],
  "57P05": ["lost", "The server closed the session: idle_session_timeout."],
  "25P03": ["lost", "The server closed the session: idle_in_transaction_session_timeout."],
  "57014": ["timeout", "The statement hit statement_timeout or was cancelled."],
  "55P03": ["timeout", "A lock was not granted within lock_timeout."],
  "25006": ["in-recovery", null],
  "42883": ["unsupported", null],
  "42703": ["unsupported", null],
  "42P01": ["unsupported", null],
};

const bySocketCode: Readonly<Record<string, readonly [NodeErrorKind, string]>> = {
  ECONNREFUSED: ["refused", "connection refused"],
  ENOENT: ["refused", "no such socket"],
  EHOSTUNREACH: ["refused", "host unreachable"],
  ENETUNREACH: ["refused", "network unreachable"],
  EADDRNOTAVAIL: ["refused", "address not available"],
  ENOTFOUND: ["dns", "host name not found"],
  EAI_AGAIN: ["dns", "name resolution failed for now"],
  ETIMEDOUT: ["timeout", "connection timed out"],
  ECONNRESET: ["lost", "connection reset by the server"],
  EPIPE: ["lost", "connection closed by the server"],
};

const noServer = "What answers there does not speak PostgreSQL's protocol.";

/** Turns anything a driver, a socket or our own deadline threw into a {@link NodeError}. Never throws. */
export function toNodeError(cause: unknown): NodeError {
  if (cause instanceof NodeFailure) return cause.error;
  const { code, message, hint } = describe(cause);
  const isSqlstate = /^[0-9A-Z]{5}$/.test(code);
  // No words of a server may be taken for the driver's below.
  if (serverError(cause))
    return isSqlstate ? fromSqlstate(code, message, hint) : nodeError("protocol", message, noServer);
  if (isSqlstate && !(code in bySocketCode)) return fromSqlstate(code, message, hint);
  const socket = bySocketCode[code];
  if (socket) return nodeError(socket[0], socket[1], socketHint[socket[0]] ?? null);
  const tls = tlsInWords(code);
  if (tls) return nodeError("tls", ...tls);
  if (
    /^(ERR_TLS|ERR_SSL|ERR_OSSL|CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO)/.test(code) ||
    /\bSSL\b/.test(message)
  )
    return nodeError("tls", message, "Check sslmode, sslrootcert and the server's certificate.");
  if (/timeout/i.test(message)) return nodeError("timeout", message, null);
  if (/terminated|closed|not queryable|ended/i.test(message))
    return nodeError("lost", "connection lost", null);
  if (/password|SASL|SCRAM/i.test(message))
    return nodeError("auth", message, "Set a password for this node.");
  if (cause instanceof RangeError || /message|protocol|unexpected/i.test(message))
    return nodeError("protocol", message, noServer);
  return nodeError("other", message);
}

const socketHint: Partial<Record<NodeErrorKind, string>> = {
  refused: "Nothing listens there: is the server up, and are host and port right?",
  dns: "Check the host name and the resolver.",
};

/** What PgBouncer's own messages mean: it gives them the SQLSTATE of a protocol violation and no hint. */
function poolerHint(message: string): string | null {
  if (message === "query_wait_timeout")
    return "All of PgBouncer's connections to the server are busy: see its default_pool_size.";
  if (message === "not allowed" || /admin console/.test(message))
    return "That database is PgBouncer's own console, not a server: set `database` to another.";
  return null;
}

function fromSqlstate(sqlstate: string, message: string, hint: string | null): NodeError {
  const known = bySqlstate[sqlstate];
  const error = (kind: NodeErrorKind, advice: string | null) => ({
    ...nodeError(kind, message, hint ?? advice),
    sqlstate,
  });
  if (known) return error(...known);
  if (sqlstate === "08P01") return error("pooler", poolerHint(message));
  return error(sqlstate.startsWith("08") ? "lost" : "other", null);
}

function describe(cause: unknown): { code: string; message: string; hint: string | null } {
  if (typeof cause !== "object" || cause === null) return { code: "", message: String(cause), hint: null };
  const errors = "errors" in cause && Array.isArray(cause.errors) ? cause.errors : [];
  // An AggregateError of every address tried (localhost: ::1 and 127.0.0.1) has no message of its own.
  if (errors.length > 0 && !("message" in cause && cause.message)) return describe(errors[0]);
  const text = (key: string) => {
    const value: unknown = Reflect.get(cause, key);
    return typeof value === "string" && value !== "" ? value : null;
  };
  return { code: text("code") ?? "", message: text("message") ?? "unknown error", hint: text("hint") };
}
