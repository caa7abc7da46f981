import { bytes, text } from "../columns.ts";
import { defineView, type RowOf } from "../view.ts";

/** Bytes that are read at most. */
const most = 65_536;

/** Whether a name ends so. Names are compared as bytes, which may be in any encoding. */
const endsWith = (name: string, ending: string) =>
  `pg_catalog.substr(pg_catalog.textsend(${name}), pg_catalog.octet_length(${name}) - ${ending.length - 1})
    = pg_catalog.textsend('${ending}')`;

/**
 * The forms of the log that a server of this version may have, the one with most in it first. Where the current file is
 * shorter than what is read, the rest comes from the file before it, if the role may know the directory. A file that is
 * gone has a name and no size. Without the collector there may be no directory to list.
 */
const statement = (forms: readonly string[]) => `
with current as (
  select c.place, c.format, c.path
  from (values ${forms.map((form, at) => `(${at}, '${form}', pg_catalog.pg_current_logfile('${form}'))`).join(", ")}
  ) as c(place, format, path)
  where c.path is not null
), listed as (
  select l.name, l.size, l.modification,
    case when ${endsWith("l.name", ".json")} then 'jsonlog'
         when ${endsWith("l.name", ".csv")} then 'csvlog' else 'stderr' end as format
  from pg_catalog.pg_ls_logdir() as l
  where pg_catalog.current_setting('logging_collector') = 'on'
), found as (
  select c.format, c.path, l.name, l.size
  from current as c
  join listed as l on pg_catalog.substr(pg_catalog.textsend(c.path),
    pg_catalog.octet_length(c.path) - pg_catalog.octet_length(l.name)) = pg_catalog.textsend('/' || l.name)
  order by c.place
  limit 1
), files as (
  select 2 as place, f.format, f.path, f.size, ${most} as most from found as f
  union all (
    select 1, f.format, d.setting || '/' || l.name, l.size, ${most} - f.size
    from found as f
    join listed as l on l.format = f.format and pg_catalog.textsend(l.name) <> pg_catalog.textsend(f.name)
    join pg_catalog.pg_settings as d on d.name = 'log_directory'
    where f.size < ${most} and l.size > 0
    order by l.modification desc
    limit 1
  )
)
select f.format, coalesce(f.path, one.path) as file, f.size, greatest(f.size - f.most, 0) as start,
  case when f.path is not null
       then pg_catalog.encode(
         pg_catalog.pg_read_binary_file(f.path, greatest(f.size - f.most, 0), f.most, true), 'base64') end as tail
from (select (select c.path from current as c order by c.place limit 1) as path) as one
left join files as f on true
order by f.place`;

/** The end of a server's log as it is in the file. Asked where the server collects its log, while it is looked at. */
export const logTail = defineView({
  name: "log_tail",
  title: "End of the log",
  section: "server",
  tab: false,
  source: "pg_current_logfile(), pg_ls_logdir(), pg_read_binary_file()",
  scope: "server",
  runsOn: "any",
  everyMs: 3000,
  rowKey: ["file"],
  sortBy: "file",
  needsRights: {
    superusersBelow: 110000,
    functions: [
      "pg_catalog.pg_current_logfile(text)",
      "pg_catalog.pg_ls_logdir()",
      "pg_catalog.pg_read_binary_file(text,bigint,bigint,boolean)",
    ],
  },
  unknownIn: (rows) => {
    const row = rows.at(-1);
    if (!row) return [];
    const { file, size, start } = row;
    if (file === null) return ["the server has begun no file of its log yet"];
    if (size === null)
      return [
        `the server writes its log to ${file}, which is gone, or not in log_directory since that was changed: SELECT pg_rotate_logfile() begins another`,
      ];
    return typeof start === "bigint" && start > 0n ? [`the last ${most / 1024} kB of ${file} are shown`] : [];
  },
  columns: {
    format: text("FORM", {
      priority: 1,
      about: "jsonlog, csvlog or stderr, the first of these that it writes",
    }),
    file: text("FILE", { priority: 0, about: "pg_current_logfile()" }),
    size: bytes("SIZE", { priority: 1, about: "bytes that it has" }),
    start: bytes("FROM", { hidden: true, about: `where the last ${most / 1024} kB begin` }),
    tail: text("TAIL", { hidden: true, internal: true, about: "these bytes in base64" }),
  },
  sql: {
    100000: statement(["csvlog", "stderr"]),
    150000: statement(["jsonlog", "csvlog", "stderr"]),
  },
});

export type LogTail = RowOf<typeof logTail>;
