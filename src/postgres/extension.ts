import { quoteIdentifier } from "./identifier.ts";
import { type NodeError, nodeError } from "./node-error.ts";
import type { ServerFacts } from "./server.ts";

/** An extension whose relations are read, in the schema of its name. Those of another major version are others. */
export type NeededExtension = { readonly name: string; readonly major: number };

/**
 * Asked in a database before what names relations of an extension, which cannot be parsed where there are none:
 * $1 is the extension, $2 names relations in its schema, as `{node,subscription}`. No row: it is not installed.
 */
export const extensionStatement = `
select e.extversion as version,
  pg_catalog.has_schema_privilege(n.oid, 'usage') as usage,
  (select pg_catalog.string_agg(w.relname, ',') from pg_catalog.unnest($2::text[]) as w(relname)
    where not exists (
      select from pg_catalog.pg_class as c where c.relname = w.relname and c.relnamespace = n.oid)) as missing,
  (select pg_catalog.string_agg(c.relname, ',' order by c.relname)
    from pg_catalog.unnest($2::text[]) as w(relname)
    join pg_catalog.pg_class as c on c.relname = w.relname and c.relnamespace = n.oid
    where not pg_catalog.has_table_privilege(c.oid, 'select')) as unreadable
from pg_catalog.pg_extension as e
join pg_catalog.pg_namespace as n on n.oid = e.extnamespace
where e.extname = $1`;

/** The values of {@link extensionStatement} for relations as a view names them: `pglogical.node, pg_stat_activity`. */
export function extensionValues({ name }: NeededExtension, relations: string): readonly string[] {
  const own = relations.split(", ").flatMap((one) => (one.startsWith(`${name}.`) ? one.split(".")[1] : []));
  return [name, `{${own}}`];
}

export type LackOfExtension =
  | { readonly state: "notApplicable"; readonly why: string; readonly isAbsent?: true }
  | { readonly state: "failed"; readonly error: NodeError };

/** Why the relations of an extension cannot be read, by an answer to {@link extensionStatement}; null where they can. */
export function lackOfExtension(
  { name, major }: NeededExtension,
  answer: { readonly fields: readonly string[]; readonly rows: readonly (readonly (string | null)[])[] },
  { user }: Pick<ServerFacts, "user">,
): LackOfExtension | null {
  const [row] = answer.rows;
  const lacking = (why: string) => ({ state: "notApplicable", why }) as const;
  if (!row) return { ...lacking(`needs the extension ${name}`), isAbsent: true };
  const value = (field: string) => row[answer.fields.indexOf(field)] ?? null;
  const version = value("version") ?? "";
  if (Number.parseInt(version, 10) !== major)
    return lacking(`needs the extension ${name} ${major}: ${version} is installed`);
  const [missing] = value("missing")?.split(",") ?? [];
  if (missing !== undefined) return lacking(`needs ${name}.${missing}, which ${name} ${version} lacks`);
  const role = quoteIdentifier(user);
  const relations = value("unreadable")
    ?.split(",")
    .map((relation) => `${name}.${relation}`);
  const grants = [
    ...(value("usage") === "t" ? [] : [`GRANT USAGE ON SCHEMA ${name} TO ${role}`]),
    ...(relations ? [`GRANT SELECT ON ${relations.join(", ")} TO ${role}`] : []),
  ];
  if (grants.length === 0) return null;
  const error = nodeError("privilege", `permission denied for schema ${name}`);
  return { state: "failed", error: { ...error, sqlstate: "42501", detail: grants.join("; ") } };
}
