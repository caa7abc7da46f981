import { serverError } from "../../postgres/server-error.ts";

/** A protocol violation to PgBouncer ("unsupported startup parameter"), no feature of RDS Proxy. */
const refusals = new Set(["08P01", "0A000"]);

/**
 * True for a login that a pooler refused because of our startup options (PgBouncer documentation,
 * ignore_startup_parameters). A server that means the same SQLSTATE names the function that says so.
 */
export function refusesOptions(cause: unknown): boolean {
  const error = serverError(cause);
  return error !== null && refusals.has(error.code) && error.routine === null;
}
