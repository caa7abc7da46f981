import { blockEnd, dollarEnd, lineEnd, quoteEnd } from "./sql-scan.ts";

/** Where something begins in which `--` is no comment, or a comment itself, by PostgreSQL's scan.l. */
const start = /--|\/\*|['"$]/g;

/** The offsets behind the `--` comments of a text. */
function lineCommentEnds(sql: string): number[] {
  const ends: number[] = [];
  start.lastIndex = 0;
  for (let found = start.exec(sql); found; found = start.exec(sql)) {
    const at = found.index;
    if (found[0] === "--") {
      start.lastIndex = lineEnd(sql, at);
      ends.push(start.lastIndex);
    } else if (found[0] === "/*") start.lastIndex = blockEnd(sql, at + 2);
    else if (found[0] === "$") start.lastIndex = dollarEnd(sql, at);
    else start.lastIndex = quoteEnd(sql, at, found[0]);
  }
  return ends;
}

const blanks = /[ \t\n\r\f\v]*/y;

/** Behind the white space and the comments that a text begins with. */
function codeStart(sql: string): number {
  for (let at = 0; ; ) {
    blanks.lastIndex = at;
    blanks.test(sql);
    at = blanks.lastIndex;
    if (sql.startsWith("--", at)) at = lineEnd(sql, at);
    else if (sql.startsWith("/*", at)) at = blockEnd(sql, at + 2);
    else return at;
  }
}

/** Each run of SQL white space as one blank. */
const flat = (text: string) => text.replace(/[ \t\n\r\f\v]+/g, " ").replace(/^ | $/g, "");

/** Code units of a text that are read: more than any cell shows. */
const longest = 20_000;

/**
 * A statement on one line for a table cell: comments before it are left out, each run of white space becomes one blank,
 * and the end of a `--` comment, behind which the statement goes on, becomes `lineBreak`. A text of comments alone is
 * shown whole. Not yet safe to draw.
 */
export function statementLine(sql: string, lineBreak: string): string {
  const from = codeStart(sql);
  const text = sql.slice(from < sql.length ? from : 0).slice(0, longest);
  // Ten thousand statements are drawn in one frame, and few have such a comment inside.
  if (!text.includes("--")) return flat(text);
  const edges = [0, ...lineCommentEnds(text), text.length];
  const lines = edges.slice(1).map((edge, at) => flat(text.slice(edges[at], edge)));
  return lines.filter((line) => line !== "").join(` ${lineBreak} `);
}
