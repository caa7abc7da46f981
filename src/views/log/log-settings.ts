import { bool, text } from "../columns.ts";
import { defineView, type Row, type RowOf } from "../view.ts";

/** Whether the server keeps its log in files, and how what is in them is read. Any role may see these settings. */
export const logSettings = defineView({
  name: "log_settings",
  title: "Log settings",
  section: "server",
  tab: false,
  source: "pg_settings",
  scope: "server",
  runsOn: "any",
  everyMs: 15_000,
  rowKey: [],
  sortBy: "logging_collector",
  unknownIn: ([row]) => (row ? lacksOf(row) : []),
  columns: {
    logging_collector: bool("COLLECTOR", {
      ...{ required: true, priority: 0 },
      about: "whether the server collects its log in files",
    }),
    log_destination: text("DESTINATION", { required: true, priority: 0, about: "forms of the log" }),
    log_line_prefix: text("PREFIX", { priority: 1, about: "what is before each line of the form stderr" }),
    lc_messages: text("MESSAGES", { priority: 2, about: "language of the messages" }),
    log_timezone: text("TIME ZONE", { priority: 3, about: "time zone of the log" }),
    utc_offset: text("OFFSET", { hidden: true, about: "seconds that it is ahead of UTC now" }),
    server_encoding: text("ENCODING", { hidden: true, about: "encoding of the database that was asked" }),
  },
  sql: {
    100000: `
select pg_catalog.current_setting('logging_collector')::bool as logging_collector,
  pg_catalog.current_setting('log_destination') as log_destination,
  pg_catalog.current_setting('log_line_prefix') as log_line_prefix,
  pg_catalog.current_setting('lc_messages') as lc_messages,
  pg_catalog.current_setting('log_timezone') as log_timezone,
  pg_catalog.date_part('epoch', pg_catalog.timezone(pg_catalog.current_setting('log_timezone'), pg_catalog.now())
    - pg_catalog.timezone('UTC', pg_catalog.now()))::int8::text as utc_offset,
  pg_catalog.current_setting('server_encoding') as server_encoding`,
  },
});

export type LogSettings = RowOf<typeof logSettings>;

/** Whether there are files that the server itself writes its log to. */
export function isCollected({ logging_collector, log_destination }: Row): boolean {
  return logging_collector === true && /\b(stderr|csvlog|jsonlog)\b/.test(String(log_destination));
}

/** What log_line_prefix has to name for these columns. */
const signOf = { SQLSTATE: "e", USER: "u", DATABASE: "d" };

function lacksOf(row: Row): string[] {
  const { logging_collector, log_destination, log_line_prefix, lc_messages } = row;
  if (logging_collector !== true)
    return [`logging_collector is off: the log goes to ${log_destination}, and to no file of the server`];
  if (!isCollected(row))
    return [`log_destination is ${log_destination}: the log goes to no file of the server`];
  const hasFields = /\b(csvlog|jsonlog)\b/.test(String(log_destination));
  const signs = new Set([...String(log_line_prefix).matchAll(/%-?\d*(.)/gs)].map(([, sign]) => sign));
  const unsaid = Object.entries(signOf).filter(([, sign]) => !hasFields && !signs.has(sign));
  const columns = unsaid.map(([column]) => column).join(", ");
  const missing = unsaid.map(([, sign]) => `%${sign}`).join(", ");
  return [
    ...(unsaid.length === 0
      ? []
      : [
          `${columns} ${unsaid.length === 1 ? "is" : "are"} unknown: log_destination has neither csvlog nor jsonlog, and log_line_prefix no ${missing}`,
        ]),
    ...(isEnglish(lc_messages)
      ? []
      : [
          `lc_messages is ${lc_messages || "empty"}: the kind of messages without an error's SQLSTATE is unknown`,
        ]),
  ];
}

/** Whether messages can be told apart by their English beginnings. */
export const isEnglish = (language: unknown) => /^(C|POSIX|en|english)($|[^a-z])/i.test(String(language));
