import { csvRecords, jsonRecords } from "./log-fields.ts";
import { plainRecords } from "./log-plain.ts";
import type { LogRecord, Reader } from "./log-record.ts";

/** The messages in bytes of a log, which come as characters of their numbers and may begin and end anywhere. */
export function recordsOf(format: string, bytes: string, start: number, reader: Reader): LogRecord[] {
  // The beginning of a line that is cut off in front would be a line of its own in a plain log.
  const first = start === 0 ? 0 : bytes.indexOf("\n") + 1;
  const records =
    format === "jsonlog"
      ? jsonRecords(bytes, reader)
      : format === "csvlog"
        ? csvRecords(bytes, reader)
        : plainRecords(bytes.slice(first), reader, start > 0).map((record) => ({
            ...record,
            position: record.position + first,
          }));
  return records.map((record) => ({ ...record, position: record.position + start }));
}
