/** What is in sight of more than one view of storage, in SQL. */

/** Of what can be many the server gives so many rows: what it holds largest by what it knows already. */
export const most = 500;

/** The schemas that are the system's own, TOAST and temporary tables among them, by the alias of pg_namespace. */
export const isUsers = (n: string): string =>
  `${n}.nspname not in ('pg_catalog', 'information_schema') and ${n}.nspname !~ '^pg_(toast|temp)'`;

/** The OID of the database that we are in. */
export const here =
  "(select d.oid from pg_catalog.pg_database as d where d.datname = pg_catalog.current_database())";

/**
 * The relations of this database whose files and definitions we would wait for, a session has
 * them in ACCESS EXCLUSIVE mode, or waits to, and who comes later stands behind it.
 */
export const heldRelations = `
  select l.relation from pg_catalog.pg_locks as l
  where l.mode = 'AccessExclusiveLock' and l.relation is not null
    and l.database = ${here}`;

/** The same as a common table. */
export const held = `
held as (${heldRelations}
)`;

/** The schema of the extension pgstattuple in this database, by which an operation calls it; null where it is not installed. */
export const measuredIn = `(
  select n.nspname::text from pg_catalog.pg_extension as e
  join pg_catalog.pg_namespace as n on n.oid = e.extnamespace where e.extname = 'pgstattuple')`;

/** Since when the counters of this database count at least: a reset, or the moment from which the server keeps any. */
export const countedSince = `coalesce(
  pg_catalog.pg_stat_get_db_stat_reset_time(${here}), pg_catalog.pg_stat_get_bgwriter_stat_reset_time())`;

/** What tells that of more rows than {@link most} the first are shown, by database. */
export function cutIn(
  rows: readonly Readonly<Record<string, unknown>>[],
  total: string,
  what: string,
): string[] {
  const cut = rows.flatMap(({ database, [total]: known }) =>
    Number(known) > most ? `${database}: the ${most} largest of ${known} ${what} by relpages are shown` : [],
  );
  return [...new Set(cut)];
}

/**
 * SQL for the GRANT by which a role may read all relations of a kind, such as SEQUENCES, in the schema of an expression.
 * From 14 on it is a role that a database does not keep.
 */
export const readingGrant = (has14: boolean, kind: "TABLES" | "SEQUENCES", schema: string): string =>
  `'GRANT ${
    has14
      ? "pg_read_all_data TO '"
      : `SELECT ON ALL ${kind} IN SCHEMA ' || pg_catalog.quote_ident(${schema}) || ' TO '`
  } || pg_catalog.quote_ident(current_user)`;

const mostGrants = 10;

/** All that rows need of {@link readingGrant}, once each, and where. */
export function grantsIn(rows: readonly Readonly<Record<string, unknown>>[]): string {
  const where = new Map<string, Set<string>>();
  for (const { needs, database } of rows) {
    const databases = where.get(String(needs)) ?? new Set();
    where.set(String(needs), databases.add(String(database)));
  }
  const grants = [...where].map(([grant, [first, ...others]]) => {
    if (!grant.startsWith("GRANT SELECT ON ALL ")) return grant;
    return `${grant} (in ${first}${others.length === 0 ? "" : ` and ${others.length} more databases`})`;
  });
  const more = grants.length > mostGrants ? ` and for ${grants.length - mostGrants} more schemas` : "";
  return `${grants.slice(0, mostGrants).join("; ")}${more}`;
}
