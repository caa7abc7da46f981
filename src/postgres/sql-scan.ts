/** Offsets in SQL text by PostgreSQL's scan.l: where what begins at an offset ends. */

/** Letters, digits and dollars of names, before which a quote or a dollar has another meaning. */
const inName = /[\w$\x80-\uffff]/;

/** The end of the line: of a `--` comment. */
export function lineEnd(sql: string, from: number): number {
  const end = sql.slice(from).search(/[\n\r]/);
  return end < 0 ? sql.length : from + end;
}

/** Behind a block comment's end, from behind its start; comments nest. */
export function blockEnd(sql: string, from: number): number {
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
export function dollarEnd(sql: string, from: number): number {
  dollarTag.lastIndex = from;
  const [tag] = dollarTag.exec(sql) ?? [];
  if (tag === undefined || inName.test(sql.charAt(from - 1))) return from + 1;
  const end = sql.indexOf(tag, from + tag.length);
  return end < 0 ? sql.length : end + tag.length;
}

/** Behind a string or a quoted name: a doubled quote is one, and a backslash escapes in E'' alone. */
export function quoteEnd(sql: string, from: number, quote: string): number {
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
