import { blockEnd, lineEnd, sqlTokens } from "../sql-scan.ts";

/** What EXPLAIN takes begins with one of these (gram.y, ExplainableStmt), but for what is told apart below. */
const explained: ReadonlySet<string> = new Set(
  "select with values table insert update delete merge declare create".split(" "),
);

/** What the scanner of a server passes over, and the parentheses that a query may begin with. */
const blank = /[ \t\n\r\f\v(]*/y;
const word = /[A-Za-z_\x80-\uffff][\w$\x80-\uffff]*/y;

/** The first key word of a statement in small letters; "" where it begins with something else. */
function firstWord(sql: string): string {
  for (let at = 0; ; ) {
    blank.lastIndex = at;
    blank.exec(sql);
    at = blank.lastIndex;
    if (sql.startsWith("--", at)) at = lineEnd(sql, at);
    else if (sql.startsWith("/*", at)) at = blockEnd(sql, at + 2);
    else {
      word.lastIndex = at;
      return word.exec(sql)?.[0].toLowerCase() ?? "";
    }
  }
}

const takes = "EXPLAIN plans SELECT, INSERT, UPDATE, DELETE, MERGE, VALUES and CREATE TABLE AS";

/**
 * Why this text is not sent behind EXPLAIN; null when it is. What a server would not plan is left to it where that does
 * nothing; EXECUTE does: it computes its arguments, and prepared statements of our session have names that are known.
 */
export function refusalOf(sql: string): string | null {
  const first = firstWord(sql);
  if (first === "") return sql.trim() === "" ? "it has no statement" : "its text is not a statement";
  if (sql.includes("\ufffd")) return "its text has bytes that are not known: use psql";
  if (first === "execute") return "what it executes was prepared in its own session alone";
  if (first === "fetch" || first === "move")
    return "it reads a cursor, and what that was declared for is not known";
  // CREATE TABLE … AS EXECUTE.
  if (first === "create" && /execute/i.test(sql)) return "it may execute what another session prepared";
  return explained.has(first) ? null : `${takes}, not ${first.toUpperCase()}`;
}

/** Whether values were left out of the text: `$1`, and not what is within a string, a comment or a name. */
export function hasParameters(sql: string): boolean {
  return sqlTokens(sql).some(
    ({ kind, text }) =>
      kind === "plain" && /(?<![\w$\x80-\uffff])\$\d/.test(text.replace(/"(?:[^"]|"")*"/g, "")),
  );
}

/** From here on EXPLAIN has GENERIC_PLAN, which takes parameters without values. */
export const genericSince = 160000;
/** From here on it has SETTINGS. */
const settingsSince = 120000;

/** EXPLAIN of a text that {@link refusalOf} lets through. The options stand in parentheses: a bare word may be one too. */
export function explainOf(sql: string, versionNum: number, isGeneric: boolean): string {
  const options = [
    "costs",
    ...(versionNum >= settingsSince ? ["settings"] : []),
    ...(isGeneric ? ["generic_plan"] : []),
  ];
  return `explain (${options.join(", ")})\n${sql}`;
}
