import { decodeBytes } from "../../postgres/encoding.ts";
import type { Zone } from "./log-time.ts";

/** One message of a log; null is what the form of the log does not tell. */
export type LogRecord = {
  /** The byte of the file that it begins at. */
  readonly position: number;
  readonly log_time: number | null;
  readonly user_name: string | null;
  readonly database_name: string | null;
  readonly process_id: number | null;
  readonly connection_from: string | null;
  readonly application_name: string | null;
  readonly backend_type: string | null;
  readonly error_severity: string | null;
  readonly sql_state_code: string | null;
  readonly message: string;
  readonly detail: string | null;
  readonly hint: string | null;
  readonly context: string | null;
  readonly query: string | null;
  readonly query_id: string | null;
  readonly location: string | null;
};

export const noRecord: Omit<LogRecord, "position" | "message"> = {
  ...{ log_time: null, user_name: null, database_name: null, process_id: null, connection_from: null },
  ...{ application_name: null, backend_type: null, error_severity: null, sql_state_code: null },
  ...{ detail: null, hint: null, context: null, query: null, query_id: null, location: null },
};

export type Reader = { readonly zone: Zone; readonly encoding: string | null; readonly prefix: string };

/** Messages are in the encodings of their sessions' databases, which no form of the log names. */
export const decodedBy =
  ({ encoding }: Reader) =>
  (bytes: string) =>
    decodeBytes(bytes, ["UTF8", encoding]);

/** Whole lines, with the byte that each begins at. */
export function linesOf(bytes: string): { readonly line: string; readonly position: number }[] {
  const lines: { line: string; position: number }[] = [];
  let position = 0;
  for (let end = bytes.indexOf("\n"); end >= 0; end = bytes.indexOf("\n", position)) {
    lines.push({ line: bytes.slice(position, end), position });
    position = end + 1;
  }
  return lines;
}
