import { alwaysQuoted } from "../identifier.ts";

/** The schemas that a search_path names, as `SplitIdentifierString` reads it: small letters where nothing quotes them. */
function namesIn(path: string): string[] {
  return [...path.matchAll(/"((?:[^"]|"")*)"|[^\s,"]+/g)].map(([whole, quoted]) =>
    quoted === undefined ? whole.toLowerCase() : quoted.replaceAll('""', '"'),
  );
}

/** The schemas of a search_path for a role: `$user` is the schema of its name, and none where the role is not known. */
export function schemasFor(path: string, role: string | null): string[] {
  return namesIn(path).flatMap((name) => (name === "$user" ? (role ?? []) : name));
}

/** Schemas as a search_path takes them. */
export function pathOf(schemas: readonly string[]): string {
  return schemas.map(alwaysQuoted).join(", ");
}
