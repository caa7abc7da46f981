/** SQL for `sync_status` of pglogical.local_sync_status in the words of pglogical.show_subscription_table(). */
export const syncWord = (
  status: string,
) => `case ${status} when 'i' then 'sync_init' when 's' then 'sync_structure'
    when 'd' then 'sync_data' when 'c' then 'sync_constraints' when 'w' then 'sync_waiting' when 'u' then 'catchup'
    when 'y' then 'synchronized' when 'r' then 'replicating' else ${status}::text end`;

/**
 * SQL for the processes of this database that are no sessions. pglogical names its own by database and subscription,
 * `pglogical apply 16384:1763399739`; the names are in ASCII, and every role may see them.
 */
export const workers = `
  select a.application_name, a.datid, pg_catalog.max(a.pid) as pid, pg_catalog.max(a.backend_start) as backend_start
  from pg_catalog.pg_stat_activity as a
  where a.datname = pg_catalog.current_database() and a.backend_type is distinct from 'client backend'
  group by 1, 2`;
