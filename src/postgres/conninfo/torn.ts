import type { Keyword } from "./keywords.ts";
import { parseConninfo } from "./parse.ts";

/**
 * The parameters of a connection string that may hold a piece of its password, since a `/`, `:` or `@` of it was not
 * escaped: `postgresql://me:se/cret@db1/app` has, as libpq reads it, the port `se` and the database `cret@db1/app`.
 * Empty for a string that cannot be read, and for keywords,
 * which nothing tears.
 */
export function tornByPassword(text: string): ReadonlySet<Keyword> {
  const conninfo = parseConninfo(text);
  if (!conninfo.ok) return new Set();
  const uri = /^postgres(?:ql)?:\/\/([^?]*)/.exec(text)?.[1];
  if (uri === undefined) return new Set();
  const isOdd = !/^[\s\d+,-]*$/.test(conninfo.parameters.port ?? "");
  // The part with the user ends at the first "@" before the first "/".
  const [, user = "", rest = ""] = /^([^@/]*@)?(.*)$/s.exec(uri) ?? [];
  if (!isOdd && !rest.includes("@")) return new Set();
  return new Set(["port", "dbname", ...(user === "" ? [] : (["host"] as const))]);
}
