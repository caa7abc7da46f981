import { type NodeError, nodeError } from "../../postgres/node-error.ts";
import { toNodeError } from "../../postgres/sqlstate.ts";

/** How PgBouncer's console ends what it says before it hangs up. */
const consoleRefusal = "extended query protocol not supported by admin console";

/**
 * True when the server answered with an error and the session lives on (severity ERROR, not FATAL).
 * PgBouncer's console says ERROR too, and does not mean it.
 */
export function isAnswer(cause: unknown): boolean {
  if (!(cause instanceof Error) || cause.message.endsWith(consoleRefusal)) return false;
  return "severity" in cause && cause.severity === "ERROR";
}

/** Why there is no session, for people: some of the driver's and the pool's own words mislead them. */
export function loginError(cause: unknown, limitMs: number): NodeError {
  const message = cause instanceof Error ? cause.message : "";
  const error = toNodeError(cause);
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
