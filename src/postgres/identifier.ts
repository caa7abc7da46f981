/** Key words that no name may be without quotes (PostgreSQL documentation, appendix C: reserved, up to 18). */
const reserved: ReadonlySet<string> = new Set(
  `all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation column
  concurrently constraint create cross current_catalog current_date current_role current_schema current_time
  current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign freeze from
  full grant group having ilike in initially inner intersect into is isnull join lateral leading left like limit localtime
  localtimestamp natural not notnull null offset on only or order outer overlaps placing primary references returning
  right select session_user similar some symmetric system_user table tablesample then to trailing true union unique user
  using variadic verbose when where window with`.split(/\s+/),
);

/** A name as SQL takes it: in double quotes where it needs them (PostgreSQL documentation, "Identifiers and Key Words"). */
export function quoteIdentifier(name: string): string {
  return /^[a-z_][a-z0-9_$]*$/.test(name) && !reserved.has(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

/** A name in double quotes, whatever it is: also a reserved word. */
export function alwaysQuoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Text as a string constant, for a session with `standard_conforming_strings` on, which all of ours have. */
export function quoteLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Stands in a statement where the schema of an extension does, whatever that is. */
export const schemaMark = "{schema}";

/** The statement of a view whose own are by the version of an extension. */
export const byExtensionVersion = "";
