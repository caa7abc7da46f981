import type { Keyword } from "./keywords.ts";

/**
 * Where a connection string, a psql command or what another program writes for one holds a password: what is before
 * it, and the password itself. A quote may be part of it, so the one behind it is rather masked too.
 */
const places: readonly RegExp[] = [
  // Between semicolons it may hold blanks.
  /(;\s*(?:\w+ )?\w*(?:password|passwd|pwd|psw)\s*=\s*)("(?:[^"]|"")*"?|\{(?:[^}]|\}\})*\}?|[^;]*)/giu,
  /(^\s*(?:\w+ )?\w*(?:password|passwd|pwd|psw)\s*=\s*)("(?:[^"]|"")*"?|\{(?:[^}]|\}\})*\}?|[^;]*)(?=;)/giu,
  // What has digits alone is a port, until an "@" comes. The last "@" ends it: those before it may be part of an unescaped password.
  /((?:^|[\s"'=])[a-z][a-z0-9+.:-]*:\/\/[^:@/?\s]*:)(?!\d{1,5}(?:[/?,\s"']|$)(?![^?\s]*@))(\S*(?=@)|[^@]*(?=@)|[^@\s]*)/giu,
  /([?&](?:ssl)?password\s*=\s*)([^\s&]*)/giu,
  /((?:^|\s)PGPASSWORD=)((?:'[^']*'?|"(?:[^"\\]|\\.)*"?|\\.|[^\s'"\\])*)/gu,
  /((?:^|[\s"';])\w*(?:password|passwd|pwd)\s*=\s*)('(?:[^'\\]|\\.)*'?|(?:[^\s\\]|\\.?)*)/giu,
];

/**
 * The text with a star for each character of a password in it, so that it can be shown while it is typed. It has as
 * many characters, as a person counts them, as the text had.
 */
export function maskPasswords(text: string): string {
  return places.reduce(
    (masked, place) =>
      masked.replace(place, (_, before: string, password: string) => before + stars(password)),
    text,
  );
}

function stars(text: string): string {
  return "*".repeat([...new Intl.Segmenter().segment(text)].length);
}

/**
 * The parameters of a connection string that may hold a piece of its password, since a `/`, `:` or `@` of it was not
 * escaped: `postgresql://me:se/cret@db1/app` has, as libpq reads it, the port `se` and the database `cret@db1/app`.
 * So it is in the URIs of other programs. Empty for pairs of names and values, which nothing tears.
 */
export function tornByPassword(text: string): ReadonlySet<Keyword> {
  const [, uri] = /^postgres(?:ql)?:\/\/([^?]*)/.exec(libpqUri(text)) ?? [];
  if (uri === undefined) return new Set();
  // The part with the user ends at the first "@" before the first "/".
  const [, user = "", rest = ""] = /^([^@/]*@)?(.*)$/s.exec(uri) ?? [];
  const [places = ""] = rest.split("/");
  const isOdd = places.split(",").some((place) => !/^(?:\[[^\]]*\]|[^:]*)(?::[\s\d+-]*)?$/.test(place));
  if (!isOdd && !rest.includes("@")) return new Set();
  return new Set(["port", "dbname", ...(user === "" ? [] : (["host"] as const))]);
}

/** Most starts have no string of another program, and the first frame waits for no file that is not needed. */
function libpqUri(text: string): string {
  if (/^postgres(?:ql)?:\/\//.test(text) || !/:/.test(text)) return text;
  const { unwrapUri }: typeof import("./wrapped-uri.ts") = require("./wrapped-uri.ts");
  return unwrapUri(text)?.uri ?? text;
}
