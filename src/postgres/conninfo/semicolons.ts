/** A pair of a string such as `Host=db1;Username=ann`. */
export type Pair = { readonly name: string; readonly value: string; readonly position: number };

const pair = /([^=;{}"']+)=\s*(?:"((?:[^"]|"")*)"|'((?:[^']|'')*)'|\{((?:[^}]|\}\})*)\}|([^;]*))\s*(?:;|$)/y;

/**
 * The pairs of a string of ADO.NET (Npgsql), ODBC or PHP's PDO: semicolons between them, values in quotes or braces
 * where they hold one; null for any other text.
 */
export function semicolonPairs(text: string): readonly Pair[] | null {
  const start = /^\s*pgsql:(?=\s*\w+=)/.exec(text)?.[0].length ?? 0;
  const end = text.trimEnd().length;
  const pairs: Pair[] = [];
  for (let at = start; at < end; at = pair.lastIndex) {
    pair.lastIndex = at;
    const [, name, double, single, braced, bare = ""] = pair.exec(text) ?? [];
    if (name === undefined || name.trim() === "") return null;
    const value =
      double?.replaceAll('""', '"') ??
      single?.replaceAll("''", "'") ??
      braced?.replaceAll("}}", "}") ??
      bare.trim();
    const position = at + name.length - name.trimStart().length;
    pairs.push({ name: name.trim(), value, position });
  }
  return pairs.length > 0 && text.includes(";") ? pairs : null;
}
