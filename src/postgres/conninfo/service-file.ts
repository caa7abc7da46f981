import { type ConninfoParameters, isKeyword, type Keyword } from "./keywords.ts";

/**
 * A service's parameters with the line of each, null when the text has no such section, or the line that libpq stops at
 * and why. Lines count from 1.
 */
export type ServiceLookup =
  | { readonly ok: true; readonly service: Service | null }
  | { readonly ok: false; readonly line: number; readonly why: string };

export type Service = {
  readonly parameters: ConninfoParameters;
  readonly lines: { readonly [keyword in Keyword]?: number };
};

/**
 * Looks a service up in the text of a service file (libpq, section "The Connection Service File"), as libpq 18's
 * parseServiceFile does: the first section of that name and the first value of a keyword count, values are taken
 * literally, and other sections are not judged. The messages quote nothing of the file.
 */
export function findService(fileText: string, service: string): ServiceLookup {
  const lines: { [keyword in Keyword]?: number } = {};
  let parameters: { [keyword in Keyword]?: string } | null = null;
  for (const [index, raw] of fileText.split("\n").entries()) {
    const text = raw.replace(/^[ \t\v\f\r]+|[ \t\v\f\r]+$/g, "");
    if (text === "" || text.startsWith("#")) continue;
    if (text.startsWith("[")) {
      if (parameters !== null) break;
      if (text.startsWith(`[${service}]`)) parameters = {};
      continue;
    }
    if (parameters === null) continue;
    const refused = (why: string): ServiceLookup => ({ ok: false, line: index + 1, why });
    const [keyword = "", ...rest] = text.split("=");
    if (rest.length === 0) return refused('a line without "="');
    if (keyword === "service" || keyword === "servicefile") return refused("a service within a service");
    if (!isKeyword(keyword)) return refused("an unknown keyword (no blank may stand before the =)");
    parameters[keyword] ??= rest.join("=");
    lines[keyword] ??= index + 1;
  }
  return { ok: true, service: parameters && { parameters, lines } };
}
