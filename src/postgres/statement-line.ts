/** Where something begins in which `--` is no comment, or a comment itself, by PostgreSQL's scan.l. */
const start = /--|\/\*|['"$]/g;

/** Letters, digits and dollars of names, before which a quote or a dollar has another meaning. */
const inName = /[\w$\x80-\uffff]/;

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

function lineEnd(sql: string, from: number): number {
  const end = sql.slice(from).search(/[\n\r]/);
  return end < 0 ? sql.length : from + end;
}

/** Behind a block comment's end; comments nest. */
function blockEnd(sql: string, from: number): number {
  const edge = /\/\*|\*\//g;
  edge.lastIndex = from;
  let depth = 1;
  for (let found = edge.exec(sql); found; found = edge.exec(sql)) {
    depth += found[0] === "/*" ? 1 : -1;
    if (depth === 0) return edge.lastIndex;
  }
  return sql.length;
}

const dollarTag = /\$(?:[A-Za-z_\x80-\uffff][\w\x80-\uffff]*)?\$/y;

/** Behind a text in dollar quotes, or behind the dollar of a name or a parameter. */
function dollarEnd(sql: string, from: number): number {
  dollarTag.lastIndex = from;
  const [tag] = dollarTag.exec(sql) ?? [];
  if (tag === undefined || inName.test(sql.charAt(from - 1))) return from + 1;
  const end = sql.indexOf(tag, from + tag.length);
  return end < 0 ? sql.length : end + tag.length;
}

/** Behind a string or a quoted name: a doubled quote is one, and a backslash escapes in E'' alone. */
function quoteEnd(sql: string, from: number, quote: string): number {
  const escapes = quote === "'" && /e/i.test(sql.charAt(from - 1)) && !inName.test(sql.charAt(from - 2));
  for (let at = from + 1; at < sql.length; at++) {
    const character = sql[at];
    if (escapes && character === "\\") at += 1;
    else if (character === quote) {
      if (sql[at + 1] !== quote) return at + 1;
      at += 1;
    }
  }
  return sql.length;
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
