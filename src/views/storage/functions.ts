import {
  average,
  count,
  epoch,
  integer,
  microsOf,
  millis,
  perSecond,
  text,
  totalMillisOf,
  totalOf,
} from "../columns.ts";
import { defineView, type Row } from "../view.ts";
import { countedSince, most } from "./held.ts";

/** Those that took the most time by themselves. A function is there once it was called while track_functions counted it. */
const statement = `
select
  f.funcid, f.schemaname::text as schemaname, f.funcname::text as funcname,
  pg_catalog.oidvectortypes(p.proargtypes) as arguments, l.lanname::text as lanname,
  pg_catalog.count(*) over () as functions, pg_catalog.current_setting('track_functions') as track_functions,
  f.calls, ${microsOf("f.total_time")} as total_time, ${microsOf("f.self_time")} as self_time,
  f.total_time / nullif(f.calls, 0) as mean_ms,
  pg_catalog.date_part('epoch', ${countedSince}) as stats_reset
from pg_catalog.pg_stat_user_functions as f
join pg_catalog.pg_proc as p on p.oid = f.funcid
join pg_catalog.pg_language as l on l.oid = p.prolang
order by f.self_time desc, f.funcid
limit ${most}`;

/** Functions of every database: how often they are called, and how long they take. */
export const functions = defineView({
  name: "functions",
  title: "Functions",
  section: "storage",
  source: "pg_stat_user_functions",
  scope: "database",
  runsOn: "any",
  everyMs: 15_000,
  rowKey: ["funcid"],
  rowName: "funcname",
  sortBy: "-self_time_total",
  resetAt: "stats_reset",
  none: "no call was counted: track_functions is none, which it is by default, or no function was called since it is pl or all",
  unknownIn: (rows: readonly Row[]) => {
    const off = rows.flatMap(({ database, track_functions }) =>
      track_functions === "none"
        ? `${database}: track_functions is none: calls are not counted any more`
        : [],
    );
    const cut = rows.flatMap(({ database, functions: known }) =>
      Number(known) > most
        ? `${database}: of ${known} functions the ${most} that took the most time are shown`
        : [],
    );
    return [...new Set([...off, ...cut])];
  },
  columns: {
    funcid: integer("OID", { required: true, hidden: true, about: "OID of the function" }),
    schemaname: text("SCHEMA", { required: true, priority: 3, maxWidth: 16, about: "its schema" }),
    funcname: text("FUNCTION", { required: true, priority: 0, maxWidth: 32, about: "its name" }),
    arguments: text("ARGUMENTS", {
      priority: 4,
      maxWidth: 32,
      about: "types of its input arguments, which tell it from others of its name",
    }),
    calls: perSecond("CALLS/s", { priority: 0, about: "calls" }),
    self_time: perSecond("SELF ms/s", {
      ...millis,
      priority: 0,
      about:
        "milliseconds a second in it, without those in functions that it calls; 1000 is one session all the time",
    }),
    total_time: perSecond("TOTAL ms/s", { ...millis, priority: 1, about: "the same with those" }),
    mean_ms: average("MEAN ms", {
      priority: 2,
      about: "milliseconds of a call since stats_reset, with those in functions that it calls",
    }),
    self_time_total: average("ALL SELF ms", {
      ...totalMillisOf("self_time"),
      priority: 2,
      about: "self_time since stats_reset, in milliseconds",
    }),
    total_time_total: average("ALL TOTAL ms", {
      ...totalMillisOf("total_time"),
      priority: 2,
      about: "total_time since stats_reset, in milliseconds",
    }),
    calls_total: count("ALL CALLS", {
      ...totalOf("calls"),
      priority: 3,
      about: "calls since stats_reset",
    }),
    lanname: text("LANGUAGE", { priority: 4, about: "plpgsql, sql (with track_functions all), c …" }),
    track_functions: text("TRACK", {
      required: true,
      hidden: true,
      about: "track_functions: none, pl for procedural languages, or all, as our session has it",
    }),
    functions: integer("FUNCTIONS", {
      required: true,
      hidden: true,
      about: `functions of the database that were counted; ${most} are shown`,
    }),
    stats_reset: epoch("RESET", { hidden: true, about: "since when the counters count at least" }),
  },
  sql: { 100000: statement },
});
