/** What must be told apart to know where a comment begins, by PostgreSQL's scan.l; everything else is copied. */
const token = new RegExp(
  [
    String.raw`(?<lineComment>--[^\n\r]*)`,
    String.raw`(?<blockComment>/\*)`,
    String.raw`(?<space>[ \t\n\r\f\v]+)`,
    // Backslashes escape in E'' alone; a doubled quote is one, and a text that was cut may end inside.
    String.raw`[eE]'[^'\\]*(?:(?:\\[\s\S]|'')[^'\\]*)*'?`,
    `'[^']*(?:''[^']*)*'?`,
    `"[^"]*(?:""[^"]*)*"?`,
    String.raw`(?<dollar>\$(?:[A-Za-z_\x80-\uffff][\w\x80-\uffff]*)?\$)`,
    // A dollar inside of a name begins no quote.
    String.raw`[\w\x80-\uffff][\w$\x80-\uffff]*`,
  ].join("|"),
  "g",
);

type Part = { readonly kind: "space" | "lineComment" | "blockComment" | "code"; readonly text: string };

/** Comments, white space and the code between them, in their order. */
function* partsOf(sql: string): Generator<Part> {
  let at = 0;
  token.lastIndex = 0;
  for (let found = token.exec(sql); found; found = token.exec(sql)) {
    const { lineComment, blockComment, space, dollar } = found.groups ?? {};
    const end = blockComment
      ? endOfBlock(sql, token.lastIndex)
      : dollar
        ? endOfDollar(sql, token.lastIndex, dollar)
        : token.lastIndex;
    if (found.index > at) yield { kind: "code", text: sql.slice(at, found.index) };
    const kind = lineComment ? "lineComment" : blockComment ? "blockComment" : space ? "space" : "code";
    yield { kind, text: sql.slice(found.index, end) };
    at = end;
    // Others may have used the expression since the last part was asked for.
    token.lastIndex = end;
  }
  if (at < sql.length) yield { kind: "code", text: sql.slice(at) };
}

/** Behind a block comment's end; comments nest. */
function endOfBlock(sql: string, from: number): number {
  const edge = /\/\*|\*\//g;
  edge.lastIndex = from;
  let depth = 1;
  for (let found = edge.exec(sql); found; found = edge.exec(sql)) {
    depth += found[0] === "/*" ? 1 : -1;
    if (depth === 0) return edge.lastIndex;
  }
  return sql.length;
}

function endOfDollar(sql: string, from: number, tag: string): number {
  const at = sql.indexOf(tag, from);
  return at < 0 ? sql.length : at + tag.length;
}

/** Each run of SQL white space as one blank. */
const flat = (text: string) => text.replace(/[ \t\n\r\f\v]+/g, " ");

/** Code units after which no more is read: more than any cell shows. */
const longest = 20_000;

/**
 * A statement on one line for a table cell: comments before it are left out, each run of white space becomes one blank,
 * and the end of a `--` comment, behind which the statement goes on, becomes `lineBreak`. A text of comments alone is
 * shown whole. Not yet safe to draw.
 */
export function statementLine(sql: string, lineBreak: string): string {
  // Most statements have no comment, and ten thousand of them are drawn in one frame.
  if (!sql.includes("--") && !sql.includes("/*")) return flat(sql).replace(/^ | $/g, "");
  return lineOf(partsOf(sql), lineBreak, true) || lineOf(partsOf(sql), lineBreak, false);
}

function lineOf(parts: Iterable<Part>, lineBreak: string, fromCode: boolean): string {
  let line = "";
  let before: Part["kind"] | null = null;
  let gap = "";
  for (const { kind, text } of parts) {
    if (line.length > longest) break;
    if (line === "" && (kind === "space" || (fromCode && kind !== "code"))) continue;
    if (kind === "space") gap = before === "lineComment" ? ` ${lineBreak} ` : " ";
    else {
      line += gap + flat(text);
      gap = "";
    }
    before = kind;
  }
  return line;
}
