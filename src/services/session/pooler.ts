import { serverError } from "../../postgres/server-error.ts";

/**
 * True for a login that a pooler refused because of our startup options (PgBouncer documentation,
 * ignore_startup_parameters). A server that means the same SQLSTATE names the function that says so.
 */
export function refusesOptions(cause: unknown): boolean {
  const error = serverError(cause);
  return error?.code === "08P01" && error.routine === null;
}
