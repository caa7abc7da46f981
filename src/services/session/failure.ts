import { type NodeError, nodeError } from "../../postgres/node-error.ts";
import { serverError } from "../../postgres/server-error.ts";
import { toNodeError } from "../../postgres/sqlstate.ts";

/**
 * True when the server answered with an error and the session lives on (severity ERROR, not FATAL).
 * PgBouncer's console says ERROR before it hangs up, with the class of broken connections.
 */
export function isAnswer(cause: unknown): boolean {
  const error = serverError(cause);
  return error !== null && error.severity === "ERROR" && !error.code.startsWith("08");
}

/**
 * Why a question was answered with an error after `ms`. statement_timeout and a request to cancel have one SQLSTATE,
 * and only the text says which it was, which the server translates: our clock tells them apart.
 */
export function answerError(
  cause: unknown,
  ms: number,
  { deadlineMs, statementTimeoutMs }: { readonly deadlineMs: number; readonly statementTimeoutMs: number },
): NodeError {
  const error = toNodeError(cause);
  if (error.sqlstate !== "57014") return error;
  if (statementTimeoutMs > 0 && ms >= statementTimeoutMs) return { ...error, kind: "timeout", hint: null };
  // Our own deadline: the server would say that the user cancelled it.
  if (ms >= deadlineMs)
    return { ...nodeError("timeout", `no answer in ${seconds(deadlineMs)}`), sqlstate: error.sqlstate };
  return { ...error, kind: "cancelled", hint: null };
}

/** Why there is no session, for people: some of the driver's and the pool's own words mislead them. */
export function loginError(cause: unknown, limitMs: number): NodeError {
  const error = toNodeError(cause);
  const message = cause instanceof Error && !serverError(cause) ? cause.message : "";
  if (/exceeded when trying to connect/.test(message))
    return nodeError(
      "timeout",
      `no free session in ${seconds(limitMs)}`,
      "All sessions of pool.max are busy.",
    );
  if (/^(timeout expired|.*connection timeout)$/.test(message))
    return nodeError("timeout", `no login in ${seconds(limitMs)}`, "The server or the way to it hangs.");
  return error;
}

export function seconds(ms: number): string {
  return `${Number((ms / 1000).toFixed(1))} s`;
}
