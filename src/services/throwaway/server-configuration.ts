/** What a throw-away server runs with unless told otherwise: little memory, no waiting for disks. */
const throwawaySettings = {
  fsync: "off",
  shared_buffers: "16MB",
  // Other kinds leave segments in /dev/shm when a server is killed.
  dynamic_shared_memory_type: "mmap",
  max_connections: "100",
  wal_level: "replica",
  max_wal_senders: "10",
  max_replication_slots: "10",
  wal_retrieve_retry_interval: "500ms",
  hot_standby: "on",
  shared_preload_libraries: "pg_stat_statements",
  track_io_timing: "on",
  listen_addresses: "127.0.0.1",
  log_line_prefix: "%m [%p] %a ",
  timezone: "UTC",
  log_timezone: "UTC",
  default_text_search_config: "pg_catalog.english",
};

/** 128 MB of WAL for standbys without a slot; before 13 it was counted in segments of 16 MB. */
const keptWal = (major: number) => (major >= 13 ? { wal_keep_size: "128MB" } : { wal_keep_segments: "8" });

/** The text of postgresql.conf for one server of a major version; `settings` win over the defaults. */
export function postgresqlConf(
  server: { name: string; port: number; socketDirectory: string },
  major: number,
  settings: Readonly<Record<string, string>>,
): string {
  return settingLines({
    ...throwawaySettings,
    ...keptWal(major),
    cluster_name: server.name,
    port: String(server.port),
    unix_socket_directories: server.socketDirectory,
    ...settings,
  });
}

/** Lines of postgresql.conf. */
export function settingLines(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([setting, value]) => `${setting} = '${value.replaceAll("'", "''")}'\n`)
    .join("");
}

/**
 * pg_hba.conf: the superuser comes in through the socket, whose folder only the server's account can enter,
 * and through TCP only when `superuser` is given a method. Otherwise anyone on this machine could have the
 * server run programs in its account's name (COPY … TO PROGRAM).
 */
export function pgHbaConf(
  method: "trust" | "scram-sha-256",
  superuser: "reject" | "trust" | "scram-sha-256",
): string {
  return [
    "local all all trust",
    "local replication all trust",
    `host all postgres 127.0.0.1/32 ${superuser}`,
    `host all all 127.0.0.1/32 ${method}`,
    `host replication replicator 127.0.0.1/32 trust`,
    "",
  ].join("\n");
}
