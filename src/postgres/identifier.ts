/** A name as SQL takes it: in double quotes where it needs them (PostgreSQL documentation, "Identifiers and Key Words"). */
export function quoteIdentifier(name: string): string {
  return /^[a-z_][a-z0-9_$]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}
