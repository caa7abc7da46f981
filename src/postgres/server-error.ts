/**
 * What programs may decide on in an ErrorResponse (PostgreSQL documentation, "Error and Notice Message Fields"): the
 * server translates its message, detail and hint (lc_messages).
 */
export type ServerError = {
  /** Field V, which no server translates: `ERROR`, `FATAL` or `PANIC`. */
  readonly severity: string;
  /** SQLSTATE, five characters. */
  readonly code: string;
  /** The server's function that reported it; null in what a pooler says of its own accord. */
  readonly routine: string | null;
};

/** What was thrown as the ErrorResponse that it is; null for any other failure. */
export function serverError(cause: unknown): ServerError | null {
  if (!(cause instanceof Error) || !("severity" in cause)) return null;
  const text = (field: string): string => {
    const value: unknown = Reflect.get(cause, field);
    return typeof value === "string" ? value : "";
  };
  return { severity: text("severity"), code: text("code"), routine: text("routine") || null };
}
