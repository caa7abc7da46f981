import { bool, epoch, integer, type Severity, text } from "../columns.ts";
import type { Row } from "../row.ts";
import { defineConclusion, type FleetSamples } from "../view.ts";
import { kindOf, severityOf, statementIn } from "./log-kinds.ts";
import { isCollected, isEnglish, type LogSettings, logSettings } from "./log-settings.ts";
import { type LogTail, logTail } from "./log-tail.ts";

const severityIn = ({ severity }: Row): Severity =>
  severity === "critical" || severity === "warning" ? severity : "ok";

/** The end of each server's log, message by message. */
export const log = defineConclusion({
  name: "log",
  title: "Server log",
  section: "server",
  source: logTail.source,
  needs: [logSettings],
  needsToo: [
    {
      view: logTail,
      onlyWhere: { view: logSettings, holds: (rows) => rows.some(isCollected) },
    },
  ],
  rowKey: ["file", "position"],
  rowName: "message",
  sortBy: "-log_time",
  none: "no messages",
  whyIn: "message",
  isPast: true,
  sign: severityIn,
  isCause: (row) => severityIn(row) !== "ok",
  // An empty field has no value in the log either, in whatever form.
  lacks: (_, column) => column !== "log_time",
  columns: {
    file: text("FILE", { hidden: true, about: "file of the log" }),
    position: integer("POSITION", { hidden: true, about: "the byte of the file that the message begins at" }),
    log_time: epoch("TIME", {
      priority: 0,
      about:
        "when it was written; unknown where log_line_prefix has no time, and where the zone of a line may be several, such as CST",
    }),
    error_severity: text("LEVEL", {
      ...{ priority: 0, maxWidth: 10, severity: (_, row) => severityIn(row) },
      about:
        "level, in the server's language. PANIC, corruption, a full disk and I/O errors are critical, FATAL and ERROR a warning; in other languages what has the SQLSTATE of an error is one",
    }),
    kind: text("KIND", {
      ...{ priority: 1, maxWidth: 14 },
      about:
        "what it is about, by SQLSTATE (deadlock, lock timeout, cancelled, login refused, shutdown, disk full …), by the kind of process (checkpoint, autovacuum, replication) or by English words (lock wait, duration, temp file, connection); empty for others and where nothing tells",
    }),
    process_id: integer("PID", { priority: 2, about: "process that wrote it" }),
    user_name: text("USER", { priority: 3, maxWidth: 14, about: "role of its session" }),
    database_name: text("DATABASE", { priority: 3, maxWidth: 16, about: "database of its session" }),
    sql_state_code: text("SQLSTATE", { priority: 2, maxWidth: 5, about: "SQLSTATE; 00000 is no error" }),
    message: text("MESSAGE", { priority: 0, growsFrom: 30, about: "the message, with passwords as ***" }),
    detail: text("DETAIL", { hidden: true, about: "its DETAIL" }),
    hint: text("HINT", { hidden: true, about: "its HINT" }),
    context: text("CONTEXT", { hidden: true, about: "its CONTEXT" }),
    query: text("STATEMENT", { hidden: true, about: "the statement that led to it" }),
    query_id: text("QUERY ID", { hidden: true, since: 140000, about: "query id of that" }),
    application_name: text("APP", { hidden: true, about: "application_name" }),
    connection_from: text("CLIENT", { hidden: true, about: "client address and port" }),
    backend_type: text("TYPE", { hidden: true, about: "kind of process" }),
    is_masked: bool("MASKED", { hidden: true, internal: true }),
    severity: text("SEVERITY", { hidden: true, about: "how it is coloured: ok, warning or critical" }),
  },
  rows: (fleet) =>
    fleet.nodes.flatMap(({ name }) => messagesOn(fleet, name).map((message) => ({ node: name, ...message }))),
});

/** The messages at the end of a node's log, oldest first; none where it is not read. */
export function messagesOn(fleet: Pick<FleetSamples, "rows">, node: string) {
  // The rows are decoded by the columns of these views.
  const [settings] = (fleet.rows(logSettings, node) ?? []) as readonly LogSettings[];
  const tails = (fleet.rows(logTail, node) ?? []) as readonly LogTail[];
  return settings ? tails.flatMap((tail) => messagesOf(tail, settings)) : [];
}

const read = new WeakMap<LogTail, ReturnType<typeof readTail>>();

/** Read once for an answer. */
function messagesOf(tail: LogTail, settings: LogSettings) {
  const messages = read.get(tail) ?? readTail(tail, settings);
  read.set(tail, messages);
  return messages;
}

function readTail({ format, file, start, tail }: LogTail, settings: LogSettings) {
  if (format === null || tail === null) return [];
  const { log_timezone, utc_offset, server_encoding, log_line_prefix } = settings;
  const english = isEnglish(settings.lc_messages);
  // The first frame waits for no log.
  const { recordsOf }: typeof import("./log-records.ts") = require("./log-records.ts");
  const {
    maskSecrets,
  }: typeof import("../../text/known-secrets.ts") = require("../../text/known-secrets.ts");
  const { withoutSecrets }: typeof import("./log-secrets.ts") = require("./log-secrets.ts");
  const records = recordsOf(format, atob(tail), Number(start ?? 0n), {
    zone: { name: log_timezone ?? "UTC", offset: Number(utc_offset ?? 0) },
    encoding: server_encoding,
    prefix: log_line_prefix ?? "",
  });
  return records.map((record) => {
    const kind = kindOf(record, english);
    const { location: _, ...plain } = record;
    const query = record.query ?? (kind === "duration" ? statementIn(record.message) : null);
    const { message, detail, hint, context, query: shown } = withoutSecrets({ ...record, query });
    const masked = (text: string | null) => text && maskSecrets(text);
    return {
      ...{ ...plain, file, kind, severity: severityOf(record, kind) },
      is_masked: masked(shown) !== query,
      message: maskSecrets(message),
      detail: masked(detail),
      hint: masked(hint),
      context: masked(context),
      query: masked(shown),
    };
  });
}
