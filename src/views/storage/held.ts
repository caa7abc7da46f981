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
