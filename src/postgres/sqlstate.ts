import { maskSecrets } from "../text/known-secrets.ts";
import { adviceOn, refusesLogin, tellingDetail } from "./advice.ts";
import { type NodeError, type NodeErrorKind, NodeFailure, nodeError } from "./node-error.ts";
import { type ServerError, serverError } from "./server-error.ts";
import { tlsInWords } from "./tls-code.ts";

const kinds: Readonly<Record<string, NodeErrorKind>> = {
  "28000": "auth",
  "28P01": "auth",
  "3D000": "auth",
  "42501": "privilege",
  "53300": "too-many-connections",
  "57P01": "shutting-down",
  // It starts, stops or recovers: only its text says which, and that is translated.
  "57P03": "starting",
  "57P02": "starting",
  "57P04": "lost",
  "57P05": "lost",
  "25P03": "lost",
  "25P04": "lost",
  "57014": "timeout",
  "55P03": "timeout",
  "25006": "read-only",
  "42883": "unsupported",
  "42703": "unsupported",
  "42P01": "unsupported",
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
  const said = describe(cause);
  const { code, message } = said;
  const shown = maskSecrets(message);
  const isSqlstate = /^[0-9A-Z]{5}$/.test(code);
  const server = serverError(cause);
  // No words of a server may be taken for the driver's below.
  if (server && !isSqlstate) return nodeError("protocol", shown, noServer);
  if (server || (isSqlstate && !(code in bySocketCode)))
    return fromServer(server ?? { severity: "", code, routine: null }, said);
  const socket = bySocketCode[code];
  if (socket) return nodeError(socket[0], socket[1], socketHint[socket[0]] ?? null);
  const tls = tlsInWords(code);
  if (tls) return nodeError("tls", ...tls);
  if (
    /^(ERR_TLS|ERR_SSL|ERR_OSSL|CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO)/.test(code) ||
    /\bSSL\b/.test(message)
  )
    return nodeError("tls", shown, "Check sslmode, sslrootcert and the server's certificate.");
  if (/timeout/i.test(message)) return nodeError("timeout", shown, null);
  if (/terminated|closed|not queryable|ended/i.test(message))
    return nodeError("lost", "connection lost", null);
  if (/password|SASL|SCRAM/i.test(message)) return nodeError("auth", shown, "Set a password for this node.");
  if (cause instanceof RangeError || /message|protocol|unexpected/i.test(message))
    return nodeError("protocol", shown, noServer);
  return nodeError("other", shown);
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

function fromServer(server: ServerError, { message, detail, hint }: Said): NodeError {
  const { code } = server;
  const ours = isPoolers(server) ? poolerHint(message) : adviceOn(server);
  const reason = tellingDetail(code, detail);
  return {
    ...nodeError(
      kindOf(server, detail !== null),
      maskSecrets(message),
      hint === null ? ours : maskSecrets(hint),
    ),
    sqlstate: code,
    ...(reason !== null && { detail: maskSecrets(reason) }),
  };
}

/** A server that has this SQLSTATE names its function; a pooler has none to name. */
function isPoolers({ code, routine }: ServerError): boolean {
  return code === "08P01" && routine === null;
}

function kindOf(server: ServerError, hasDetail: boolean): NodeErrorKind {
  const { code } = server;
  // From 14 on only a standby that accepts no connections says why, in words that are translated.
  if (code === "57P03" && hasDetail) return "recovering";
  if (code === "25006" && server.routine === "PreventCommandDuringRecovery") return "in-recovery";
  if (refusesLogin(server)) return "auth";
  if (isPoolers(server)) return "pooler";
  return kinds[code] ?? (code.startsWith("08") ? "lost" : "other");
}

type Said = {
  readonly code: string;
  readonly message: string;
  readonly detail: string | null;
  readonly hint: string | null;
};

function describe(cause: unknown): Said {
  const nothing = { code: "", detail: null, hint: null };
  if (typeof cause !== "object" || cause === null) return { ...nothing, message: String(cause) };
  const errors = "errors" in cause && Array.isArray(cause.errors) ? cause.errors : [];
  // An AggregateError of every address tried (localhost: ::1 and 127.0.0.1) has no message of its own.
  if (errors.length > 0 && !("message" in cause && cause.message)) return describe(errors[0]);
  const text = (key: string) => {
    const value: unknown = Reflect.get(cause, key);
    return typeof value === "string" && value !== "" ? value : null;
  };
  return {
    code: text("code") ?? "",
    message: text("message") ?? "unknown error",
    detail: text("detail"),
    hint: text("hint"),
  };
}
