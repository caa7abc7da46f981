/** SQL text by the rules of PostgreSQL's scan.l: where what begins at an offset ends, and the tokens of a text. */

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

export type SqlToken = {
  readonly kind: "keyword" | "string" | "comment" | "plain";
  readonly text: string;
};

/** Key words that give a statement its shape; not the names of types and functions, which are many and often columns too. */
const keywords = new Set(
  (
    "abort add all alter analyze and any as asc asymmetric begin between by call cascade case cast check checkpoint close " +
    "cluster collate column comment commit concurrently conflict constraint copy create cross cube current cursor " +
    "database deallocate declare default deferrable delete desc discard distinct do domain drop each else end " +
    "except exclude execute exists explain extension false fetch filter first following for foreign from full function " +
    "grant group grouping having if ilike immediate in index inherits inner insert instead intersect into is isnull join " +
    "key language last lateral left like limit listen load local lock locked materialized merge move natural no not " +
    "nothing notify notnull nowait null nulls of off offset on only or order outer over overlaps overriding partition " +
    "policy preceding prepare primary procedure publication range reassign recursive references refresh reindex release " +
    "rename replace reset restrict returning returns revoke right role rollback rollup row rows savepoint schema security " +
    "select sequence server set sets share show similar skip some statistics subscription symmetric system table " +
    "tablesample tablespace temp temporary then ties to transaction trigger true truncate type unbounded union unique unknown " +
    "unlisten unlogged update user using vacuum values view when where window with within without work"
  ).split(" "),
);

/** Where something else than plain text begins: a comment, a quote, a dollar quote, or a word. */
const start = /--|\/\*|['"$]|[A-Za-z_\x80-\uffff][\w$\x80-\uffff]*/g;

/** The text cut into tokens, which joined are the text again. What is cut off in the middle ends with the text. */
export function sqlTokens(sql: string): SqlToken[] {
  const tokens: SqlToken[] = [];
  let plainFrom = 0;
  const put = (kind: SqlToken["kind"], from: number, to: number) => {
    if (plainFrom < from) tokens.push({ kind: "plain", text: sql.slice(plainFrom, from) });
    tokens.push({ kind, text: sql.slice(from, to) });
    plainFrom = to;
  };
  start.lastIndex = 0;
  for (let found = start.exec(sql); found; found = start.exec(sql)) {
    const [mark] = found;
    const at = found.index;
    if (mark === "--" || mark === "/*") {
      start.lastIndex = mark === "--" ? lineEnd(sql, at) : blockEnd(sql, at + 2);
      put("comment", at, start.lastIndex);
    } else if (mark === "'") {
      start.lastIndex = quoteEnd(sql, at, mark);
      put("string", at, start.lastIndex);
    } else if (mark === '"') start.lastIndex = quoteEnd(sql, at, mark);
    else if (mark === "$") {
      start.lastIndex = dollarEnd(sql, at);
      if (start.lastIndex > at + 1) put("string", at, start.lastIndex);
    } else if (keywords.has(mark.toLowerCase())) put("keyword", at, start.lastIndex);
  }
  if (plainFrom < sql.length) tokens.push({ kind: "plain", text: sql.slice(plainFrom) });
  return tokens;
}
