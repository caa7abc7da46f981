/**
 * True when every session counts what it does. `track_counts` may be off for one role or database; then the sums are
 * lower bounds. A superuser's own SET cannot be seen.
 */
export const countsAreKept = `pg_catalog.current_setting('track_counts') = 'on' and not exists (
  select 1 from pg_catalog.pg_db_role_setting as r, pg_catalog.unnest(r.setconfig) as line
  where pg_catalog.lower(line) ~ '^track_counts=(of|off|f|fa|fal|fals|false|n|no|0)$')`;
