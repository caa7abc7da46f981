import { decodeBytes } from "../postgres/encoding.ts";
import { commentedStart, statementStart } from "./columns.ts";

/**
 * A statement in the form `LATIN1 escape:select 'caf\351'`: the encoding of the database that it runs in, if any, and its
 * bytes as encode() prints them in that format (escape or base64). A character that is cut in two, at
 * {@link statementStart} or {@link commentedStart}, is left out.
 */
export function decodeStatement(raw: string): string {
  const [head = "", encoding = "", format = ""] = /^(\w*) (escape|base64):/.exec(raw) ?? [];
  if (head === "") throw new RangeError("not a statement");
  const bytes = format === "base64" ? atob(raw.slice(head.length)) : unescaped(raw.slice(head.length));
  const text = decodeBytes(bytes, [encoding, "UTF8"]);
  const isCut = bytes.length === statementStart || bytes.length === commentedStart;
  if (!isCut || !/[\x80-\xff]/.test(bytes)) return text;
  return withoutCutCharacter(bytes, encoding) ?? text;
}

function unescaped(text: string): string {
  if (!text.includes("\\")) return text;
  return text.replace(/\\(\\|[0-3][0-7]{2})/g, (_, code: string) =>
    code === "\\" ? code : String.fromCharCode(Number.parseInt(code, 8)),
  );
}

/** The text without up to three bytes at its end, if those are what makes the rest invalid; else null. */
function withoutCutCharacter(bytes: string, encoding: string): string | null {
  for (const less of [0, 1, 2, 3]) {
    const text = decodeBytes(bytes.slice(0, bytes.length - less), [encoding, "UTF8"]);
    if (!text.includes("\ufffd")) return text;
  }
  return null;
}
