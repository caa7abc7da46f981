/** What a difference of a setting between two servers means. */
export type SettingClass =
  /** It says where a server is or what its part is: it has to differ, or may, and is no drift. */
  | "expected"
  /** It follows from the memory, processors and disks of the host: servers of one size have it alike. */
  | "hardware"
  | "plain";

const places = [
  /^(port|listen_addresses|unix_socket_(directories|group|permissions)|bonjour(_name)?|cluster_name|event_source)$/,
  /^(data_directory(_mode)?|config_file|hba_file|ident_file|external_pid_file|stats_temp_directory)$/,
  /^(log_directory|log_filename|log_file_mode|syslog_(ident|facility)|krb_server_keyfile|temp_tablespaces)$/,
  /^ssl_(cert|key|ca|crl|dh_params)_(file|dir)$|^ssl_passphrase_command$/,
  /^(dynamic_library_path|extension_control_path|jit_provider|unix_socket_.*)$/,
];

/** What a primary and its standbys are told differently, and what the server derives by itself. */
const parts = [
  /^(primary_conninfo|primary_slot_name|promote_trigger_file|trigger_file|restore_command)$/,
  /^(archive_cleanup_command|recovery_.*|synchronous_standby_names|synchronized_standby_slots)$/,
  /^(sync_replication_slots|in_hot_standby|transaction_read_only|server_version(_num)?|archive_library)$/,
  // These count on a standby alone, and a standby for reports has them otherwise.
  /^(max_standby_(archive|streaming)_delay|hot_standby_feedback|wal_retrieve_retry_interval|wal_receiver_.*)$/,
  /^(shared_memory_size(_in_huge_pages)?|num_os_semaphores|huge_pages_status|effective_wal_level)$/,
];

const hardware =
  /^(shared_buffers|effective_cache_size|maintenance_work_mem|autovacuum_work_mem|logical_decoding_work_mem|wal_buffers|huge_pages|huge_page_size|min_dynamic_shared_memory|commit_timestamp_buffers|multixact_\w+_buffers|notify_buffers|serializable_buffers|subtransaction_buffers|transaction_buffers|max_parallel_workers|max_parallel_maintenance_workers|effective_io_concurrency|maintenance_io_concurrency|io_(workers|max_concurrency|max_combine_limit|combine_limit|method)|random_page_cost|seq_page_cost|vacuum_buffer_usage_limit|dynamic_shared_memory_type|shared_memory_type|wal_sync_method|max_files_per_process|max_stack_depth)$/;

/** A standby cannot go on replaying where one of these is lower than it was on the primary when that wrote the WAL. */
export const hotStandbySettings: ReadonlySet<string> = new Set([
  "max_connections",
  "max_worker_processes",
  "max_wal_senders",
  "max_prepared_transactions",
  "max_locks_per_transaction",
]);

/** What it means that a setting differs between two servers. */
export function classOf(name: string): SettingClass {
  if ([...places, ...parts].some((one) => one.test(name))) return "expected";
  return hardware.test(name) ? "hardware" : "plain";
}
