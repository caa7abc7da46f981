import { commentedStart, statementStart, text } from "../columns.ts";
import type { Row } from "../row.ts";

/** White space may come first. As bytes, like all that is done with other sessions' statements. */
const beginsWithComment = `pg_catalog.substr(pg_catalog.btrim(pg_catalog.textsend(a.query),
        pg_catalog.decode('20090a0b0c0d', 'hex')), 1, 2) in ('--'::bytea, '/*'::bytea)`;

/**
 * SQL for a column of kind `query`: the statement of `a`, a row of pg_stat_activity, as bytes in the encoding of `d`, its
 * database. Functions of text would fail on bytes of another encoding (22021) or cut a character in two. $1 to $3 are
 * {@link statementParameters}.
 */
export const statementSql = `coalesce(pg_catalog.pg_encoding_to_char(d.encoding), '') || ' ' || $3::text || ':' ||
    pg_catalog.encode(pg_catalog.substr(pg_catalog.textsend(a.query), 1,
      case when ${beginsWithComment} then $2::int4 else $1::int4 end), $3::text)`;

const wholeStatement = "1000000";

/** Bytes that are read of a statement, bytes of one that begins with a comment, and the form in which they come. */
export function statementParameters(wholeText: boolean): readonly string[] {
  // Four bytes for each beyond ASCII are too many where a statement may have a million.
  return wholeText
    ? [wholeStatement, wholeStatement, "base64"]
    : [String(statementStart), String(commentedStart), "escape"];
}

/** SQL: pg_stat_activity.state of `a`, shortened where it is long. */
export const stateSql = `case a.state when 'idle in transaction' then 'idle in tx'
               when 'idle in transaction (aborted)' then 'aborted tx'
               when 'fastpath function call' then 'fastpath'
               else a.state end`;

/** Who a session is of, for every view that has a row for each. */
export const sessionColumns = {
  datname: text("DATABASE", { priority: 3, maxWidth: 16, about: "database it is connected to" }),
  usename: text("USER", { priority: 0.7, maxWidth: 14, about: "role it logged in as" }),
  application_name: text("APP", { priority: 0.9, maxWidth: 18, about: "application_name" }),
  client_addr: text("CLIENT", {
    priority: 6,
    maxWidth: 20,
    about: "client address; empty on a Unix socket",
  }),
  backend_type: text("TYPE", { hidden: true, about: "kind of process" }),
} as const;

/** What the server withholds of a session's row: all where its role may not be seen, durations where it reports nothing. */
export function withheldOf({ backend_type, state }: Row): "row" | "durations" | null {
  if (backend_type === null) return "row";
  return state === "disabled" ? "durations" : null;
}
