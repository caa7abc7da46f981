/** A name as SQL takes it: in double quotes where it needs them (PostgreSQL documentation, "Identifiers and Key Words"). */
export function quoteIdentifier(name: string): string {
  return /^[a-z_][a-z0-9_$]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

/** A name in double quotes, whatever it is: also a reserved word. */
export function alwaysQuoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Text as a string constant, for a session with `standard_conforming_strings` on, which all of ours have. */
export function quoteLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
