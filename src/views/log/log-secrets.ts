import { type SqlToken, sqlTokens } from "../../postgres/sql-scan.ts";

const stars = "***";

/** What is called so has a secret behind it. The setting `password_encryption` has none. */
const secretWord =
  /(?:passw(?:or)?d|passphrase|passcode|secret|pwd|credential|(?:api|access|private)_?key|(?:access|api|auth)_?token|pgp_sym|\bcrypt|identified\s+by)(?!_encryption)\w*/gi;

/** One of these is in every text that has a password. */
const mayHaveOne = new RegExp(`${secretWord.source}|:\\/\\/|SCRAM-SHA-256|md5`, "i");

/** A connection string without any quote: what is its password is certain. */
const plainPairs = /^\s*(?:\w+\s*=\s*[^\s'\\%]+(?:\s+|$))+$/;
const plainPassword = /(\b\w*passw(?:or)?d\s*=\s*)(\S+)/gi;

/** What may stand between the word and its literal. */
const direct = /^[\s=>:?]*(?:[enbx]|u&)?$/i;
/** The value of a parameter is not in the statement. */
const parameter = /^[\s=>:?]*\$\d+[^|]*$/;
const prefix = /(?:^|[^\w$])(e|n|b|x|u&)$/i;

/** What is behind the quote that ends a literal, in a text whose quotes are those of SQL. */
const afterLiteral = /^(?:[\s,;:)\]}|=<>.?»”]|--|\/\*)/;

type Range = readonly [from: number, to: number, shown: string];

/**
 * A statement, or a text of the log, without passwords, as statements and connection strings in it have them: a server
 * tells and logs these as they came. It rather takes out too much: behind a word such as `password` its literal, and
 * where that is not next to it, what is left of a literal that has the word in it, and each later literal of the statement.
 */
export function withoutPasswords(text: string): string {
  // Hardly any of thousands of statements has one, and each is looked at once a second.
  return mayHaveOne.test(text) ? taken(text, []) : text;
}

/** Of {@link LogRecord}: what may have the statement, or parts of it. */
type Texts = Readonly<
  Record<"message", string> & Record<"detail" | "hint" | "context" | "query", string | null>
>;

/**
 * The texts of a message without passwords: see {@link withoutPasswords}. An error may quote what was taken out of the
 * statement, also one in syntax, and where the statement has such a word the parameters are taken out too.
 */
export function withoutSecrets({ message, detail, hint, context, query }: Texts): Texts {
  const out: string[] = [];
  const shown = query && taken(query, out);
  const words = new Set(
    out.flatMap((one) => [...one.split(/[\s'"=]+/), ...one.split(/[^\w\x80-\uffff]+/)]).filter(isTelling),
  );
  const unquoted = (text: string) =>
    text.replace(/[^\s'"=«»“”„]+/g, (run) =>
      words.has(run) ? stars : run.replace(/[\w\x80-\uffff]+/g, (word) => (words.has(word) ? stars : word)),
    );
  const isNamed = (query ?? message).search(secretWord) >= 0;
  const parameters = (text: string) =>
    taken(isNamed ? text.replace(/(\$\d+ = )'(?:[^']|'')*('|$)/g, `$1'${stars}'`) : text, []);
  return {
    message: unquoted(taken(message, [])),
    detail: detail && unquoted(parameters(detail)),
    hint: hint && taken(hint, []),
    context: context && parameters(context),
    query: shown,
  };
}

/** Whether a word of what was taken out tells of it. */
function isTelling(word: string): boolean {
  return word.length > 2 && sqlTokens(word)[0]?.kind !== "keyword";
}

/** The text without passwords; these are put into `out`. */
function taken(text: string, out: string[]): string {
  let shown = "";
  let from = 0;
  for (const [start, end, by] of rangesOf(text)) {
    shown += text.slice(from, start) + by;
    out.push(text.slice(start, end));
    from = end;
  }
  const behind = (end: string) => (_: string, before: string, value: string) => {
    out.push(value);
    return before + stars + end;
  };
  return (shown + text.slice(from))
    .replace(/\b(\w*passw(?:or)?d\s+")((?:[^"]|"")+)"/gi, behind('"'))
    .replace(
      /\b((?:create|alter)\s+(?:role|user|group)\s[^';]*?\spassword\s+)(?!null\b|\*|--|\/\*)([^\s'";]+)/gi,
      behind(""),
    )
    .replace(/\b(\w*passw(?:or)?d\s*=\s*)(?!\$\d|[=>])([^\s'",;&)]+)/gi, behind(""))
    .replace(/(:\/\/[^\s:/@]+:)([^\s'"]+)@/g, behind("@"))
    .replace(/SCRAM-SHA-256\$[\w:+/=$]+/g, `SCRAM-SHA-256$${stars}`)
    .replace(/\bmd5[0-9a-f]{32}\b/g, `md5${stars}`);
}

function rangesOf(text: string): readonly Range[] {
  const first = [...text.matchAll(secretWord)][0];
  if (!first) return [];
  // A message puts the statement that it quotes between double quotes: these begin no name.
  const code = text.replaceAll('"', "?");
  const ranges: Range[] = [];
  // Whether the next literal is a secret: where a word asks for one, where one was given, which may go on, or in any case.
  let state: "no" | "wanted" | "given" | "all" = "no";
  let since = "";
  let at = 0;
  for (const { kind, text: token } of tokensOf(code)) {
    const end = at + token.length;
    if (kind === "comment") {
      const from = behindWord(token);
      if (from !== null && /['=:]/.test(token.slice(from))) ranges.push([at + from, end, stars]);
    } else if (kind === "string") {
      if (!isWhole(token) || (end < code.length && !afterLiteral.test(code.slice(end, end + 2))))
        return [[first.index + first[0].length, code.length, stars]];
      if (state !== "no") {
        const [, before = ""] = prefix.exec(code.slice(Math.max(0, at - 3), at)) ?? [];
        ranges.push([at - before.length, end, `'${stars}'`]);
        state = state === "all" || (state === "wanted" && !direct.test(since)) ? "all" : "given";
      } else if (behindWord(token) !== null) {
        const { found, isCertain } = rangesIn(token);
        ranges.push(...found.map(([from, to]) => [at + from, at + to, stars] as const));
        state = isCertain ? "no" : "all";
      }
    } else {
      const [last = "", ...others] = token.split(";").toReversed();
      if (others.length > 0) state = "no";
      if (state === "given") state = last.includes("||") ? "all" : last.trim() === "" ? "given" : "no";
      const from = behindWord(last, true);
      since = from === null ? since + last : last.slice(from);
      if (from !== null && state !== "all") state = parameter.test(since) ? "no" : "wanted";
    }
    at = end;
  }
  return ranges;
}

/** The tokens of a text; code between literals and comments is one, since `identified by` is two words. */
function tokensOf(code: string): readonly SqlToken[] {
  const tokens: SqlToken[] = [];
  for (const token of sqlTokens(code)) {
    const isCode = token.kind === "plain" || token.kind === "keyword";
    const before = isCode && tokens.at(-1)?.kind === "plain" ? tokens.pop() : undefined;
    tokens.push(isCode ? { kind: "plain", text: (before?.text ?? "") + token.text } : token);
  }
  return tokens;
}

/** Behind the first secret word of a text, or behind the last; null for none. */
function behindWord(text: string, last = false): number | null {
  const found = [...text.matchAll(secretWord)].at(last ? -1 : 0);
  return found ? found.index + found[0].length : null;
}

/** What is secret in a literal with a secret word in it, and whether that is certain, and all. */
function rangesIn(literal: string) {
  const [open = ""] = /^(?:'|\$\w*\$)/.exec(literal) ?? [];
  const end =
    literal.endsWith(open) && literal.length > open.length ? literal.length - open.length : literal.length;
  const content = literal.slice(open.length, end);
  const pairs = plainPairs.test(content) ? [...content.matchAll(plainPassword)] : [];
  if (pairs.length > 0) {
    const found = pairs.map(([all, name = ""], n) => {
      const from = open.length + (pairs[n]?.index ?? 0);
      return [from + name.length, from + all.length] as const;
    });
    // What is at the end may go on in another literal.
    return { found, isCertain: found.at(-1)?.[1] !== end };
  }
  const from = behindWord(literal) ?? 0;
  const gap = /^[\s=?]*/.exec(literal.slice(from, end))?.[0].length ?? 0;
  return { found: [[from + gap, end] as const], isCertain: false };
}

/** Whether a literal has its end. One in dollar quotes that has none goes to the end of the text. */
function isWhole(literal: string): boolean {
  if (!literal.startsWith("'")) return true;
  const quotes = /'*$/.exec(literal.slice(1))?.[0].length ?? 0;
  return quotes % 2 === 1;
}
