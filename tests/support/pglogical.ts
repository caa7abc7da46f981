import { dirname } from "node:path";

/** The folder of server binaries that have pglogical, as Debian installs them; null where there are none. */
export const pglogicalServer: string | null = (() => {
  const [library] = [...new Bun.Glob("/usr/lib/postgresql/*/lib/pglogical.so").scanSync("/")].toSorted();
  return library === undefined ? null : dirname(dirname(library));
})();

/** The relations of pglogical without it, so that what reads them is tried on every major. */
export const pglogicalCatalog: readonly string[] = [
  "create schema pglogical",
  ...[
    "node (node_id oid, node_name name)",
    "node_interface (if_id oid, if_name name, if_nodeid oid, if_dsn text)",
    "local_node (node_id oid, node_local_interface oid)",
    "replication_set (set_id oid, set_nodeid oid, set_name name, replicate_insert bool, replicate_update bool, replicate_delete bool, replicate_truncate bool)",
    "replication_set_table (set_id oid, set_reloid regclass, set_att_list text[], set_row_filter pg_node_tree)",
    "replication_set_seq (set_id oid, set_seqoid regclass)",
    "subscription (sub_id oid, sub_name name, sub_origin oid, sub_enabled bool, sub_slot_name name, sub_replication_sets text[], sub_forward_origins text[], sub_apply_delay interval)",
    'local_sync_status (sync_subid oid, sync_nspname name, sync_relname name, sync_status "char")',
    "conflict_history (id int8, recorded_at timestamptz, sub_name name, conflict_type text, resolution text, schema_name name, table_name name, index_name name, local_tuple jsonb, local_origin int4, local_commit_ts timestamptz, remote_tuple jsonb, remote_origin int4, remote_commit_ts timestamptz, remote_commit_lsn pg_lsn, has_before_triggers bool)",
  ].map((relation) => `create table pglogical.${relation}`),
];

/** What a server of pglogical is started with. */
export const pglogicalSettings = {
  wal_level: "logical",
  shared_preload_libraries: "pglogical",
  max_worker_processes: "20",
  track_commit_timestamp: "on",
};
