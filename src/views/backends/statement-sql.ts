import { commentedStart, statementStart } from "../columns.ts";

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
