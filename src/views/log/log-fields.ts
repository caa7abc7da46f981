import { decodedBy, type LogRecord, linesOf, type Reader } from "./log-record.ts";
import { momentOf } from "./log-time.ts";

/** A text; null for none, and for an empty one. */
const told = (value: unknown): string | null =>
  typeof value === "string" ? value || null : typeof value === "number" ? String(value) : null;

const numberIn = (value: unknown) => (/^\d{1,10}$/.test(String(value)) ? Number(value) : null);

/** A query id of 0 is none. */
const idIn = (value: unknown) => (/^-?[1-9]\d*$/.test(String(value)) ? String(value) : null);

/** 15 and later: a line for each. */
export function jsonRecords(bytes: string, reader: Reader): LogRecord[] {
  const decode = decodedBy(reader);
  const records: LogRecord[] = [];
  for (const { line, position } of linesOf(bytes)) {
    const found = line.startsWith("{") ? parsed(decode(line)) : null;
    if (!found) continue;
    const { remote_host, remote_port, func_name, file_name } = found;
    records.push({
      position,
      log_time: momentOf(String(found["timestamp"]), reader.zone),
      user_name: told(found["user"]),
      database_name: told(found["dbname"]),
      process_id: numberIn(found["pid"]),
      connection_from: [remote_host, remote_port].flatMap((one) => told(one) ?? []).join(":") || null,
      application_name: told(found["application_name"]),
      backend_type: told(found["backend_type"]),
      error_severity: told(found["error_severity"]),
      sql_state_code: told(found["state_code"]),
      message: told(found["message"]) ?? "",
      detail: told(found["detail"]),
      hint: told(found["hint"]),
      context: told(found["context"]),
      query: told(found["statement"]),
      query_id: idIn(found["query_id"]),
      location: [func_name, file_name].flatMap((one) => told(one) ?? []).join(", ") || null,
    });
  }
  return records;
}

function parsed(line: string): Record<string, unknown> | null {
  try {
    // A query id has more digits than a number keeps.
    const value: unknown = JSON.parse(line.replace(/"query_id":(-?\d+)/, '"query_id":"$1"'));
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** Until 12, in 13 with the kind of process, from 14 with the leader and the query id. */
const csvWidths: readonly number[] = [23, 24, 26];
const csvStart = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} [^,]+,/;

/** A record has line ends within quotes: where the bytes begin within one, the next that is whole is the first. */
export function csvRecords(bytes: string, reader: Reader): LogRecord[] {
  const decode = decodedBy(reader);
  const records: LogRecord[] = [];
  let at = 0;
  while (at < bytes.length) {
    const found = csvStart.test(bytes.slice(at, at + 60)) ? csvFields(bytes, at) : null;
    if (found && csvWidths.includes(found.fields.length)) {
      records.push(csvRecord(found.fields.map(decode), at, reader));
      at = found.end;
      continue;
    }
    const next = bytes.indexOf("\n", at);
    if (next < 0) break;
    at = next + 1;
  }
  return records;
}

/** The fields of a record and where the next one begins; null where it does not end. */
function csvFields(bytes: string, start: number): { fields: string[]; end: number } | null {
  const field = /"((?:[^"]|"")*)"(,|\n)|([^",\n]*)(,|\n)/y;
  const fields: string[] = [];
  field.lastIndex = start;
  for (;;) {
    const found = field.exec(bytes);
    if (!found || fields.length > 26) return null;
    fields.push(found[1]?.replaceAll('""', '"') ?? found[3] ?? "");
    if ((found[2] ?? found[4]) === "\n") return { fields, end: field.lastIndex };
  }
}

function csvRecord(fields: readonly string[], position: number, { zone }: Reader): LogRecord {
  return {
    position,
    log_time: momentOf(fields[0] ?? "", zone),
    user_name: told(fields[1]),
    database_name: told(fields[2]),
    process_id: numberIn(fields[3]),
    connection_from: told(fields[4]),
    error_severity: told(fields[11]),
    sql_state_code: told(fields[12]),
    message: fields[13] ?? "",
    detail: told(fields[14]),
    hint: told(fields[15]),
    context: told(fields[18]),
    query: told(fields[19]),
    location: told(fields[21]),
    application_name: told(fields[22]),
    backend_type: told(fields[23]),
    query_id: idIn(fields[25]),
  };
}
