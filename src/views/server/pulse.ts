import type { ServerFacts } from "../../postgres/server.ts";
import type { Lag } from "../../stats/lag.ts";
import { hitRatio } from "../../stats/rates.ts";
import { bool, bytes, epoch, integer, lsn, percent, perSecond, seconds, text } from "../columns.ts";
import { compared } from "../compared.ts";
import type { OkSample } from "../sample.ts";
import { defineView, type RowOf } from "../view.ts";
import { pulseStatements } from "./pulse-statement.ts";

/**
 * The pulse of a server in one row: what the fleet screen shows, the alerts judge and health is read from.
 * The only statement that every node is asked at every refresh.
 */
export const pulseView = defineView({
  name: "pulse",
  title: "Pulse",
  section: "fleet",
  tab: false,
  source: "pg_stat_activity, pg_stat_database, pg_prepared_xacts, pg_stat_wal_receiver, pg_locks",
  scope: "server",
  runsOn: "any",
  withheld: ({ hidden_processes, untracked_sessions, in_recovery, lag_seconds }) => {
    const allSeen = hidden_processes === 0 && untracked_sessions === 0;
    return allSeen && (in_recovery !== true || lag_seconds != null) ? null : "durations";
  },
  rowKey: [],
  sortBy: "connections",
  columns: {
    in_recovery: bool("standby", { required: true, about: "pg_is_in_recovery(): true on a standby" }),
    timeline: integer("tli", { about: "timeline that is written or received" }),
    connections: integer("conns", {
      required: true,
      about: "client backends; before 12 WAL senders too, which took their slots",
    }),
    usable_connections: integer("usable", {
      derive: ({ facts }) => facts && facts.maxConnections - facts.reservedConnections,
      about:
        "slots that ordinary roles can take: max_connections less superuser_reserved_connections and reserved_connections",
    }),
    max_connections: integer("max", {
      derive: ({ facts }) => facts?.maxConnections,
      hidden: true,
      about: "max_connections",
    }),
    hidden_processes: integer("hidden", {
      required: true,
      hidden: true,
      about:
        "processes whose state our role may not see; active, waiting and idle in transaction are unknown then",
    }),
    untracked_sessions: integer("untracked", {
      required: true,
      hidden: true,
      about: "client backends with track_activities off; active and idle in transaction are unknown then",
    }),
    active: integer("act", { about: "client backends that run a statement, ours not counted" }),
    blocked: integer("wait", { about: "client backends that wait for a heavyweight lock" }),
    idle_in_transaction: integer("idle in tx", { about: "client backends idle in transaction" }),
    transactions: perSecond("TX/s", { about: "commits and rollbacks of all databases" }),
    blks_hit: perSecond("hit/s", { about: "buffers found in shared_buffers", hidden: true }),
    blks_read: perSecond("read/s", { about: "buffers read from the kernel", hidden: true }),
    hit_ratio: percent("hit%", {
      derive: ({ earlier, raw }) => hitRatio(earlier, raw),
      about: "blks_hit of blks_hit + blks_read, last ten intervals",
    }),
    temp_bytes: perSecond("temp B/s", { about: "bytes written to temporary files", hidden: true }),
    deadlocks: perSecond("deadlocks/s", { about: "deadlocks detected", hidden: true }),
    tracks_counts: bool("counted", {
      required: true,
      hidden: true,
      about:
        "track_counts is on for every role and database; transactions, buffers and deadlocks are unknown else",
    }),
    current_lsn: lsn("current", { about: "pg_current_wal_lsn(), on a primary" }),
    receive_lsn: lsn("received", { about: "pg_last_wal_receive_lsn(), on a standby" }),
    replay_lsn: lsn("replayed", { about: "pg_last_wal_replay_lsn(), on a standby" }),
    lag_bytes: bytes("lag", {
      derive: ({ lag }) => lag?.bytes,
      about: "WAL of the primary that is not replayed here",
    }),
    lag_seconds: seconds("lag time", {
      derive: ({ lag }) => lag?.seconds,
      about: "age of the oldest WAL not replayed here",
    }),
    oldest_transaction: seconds("oldest tx", {
      about: "age of the oldest open or prepared transaction that can be seen",
    }),
    oldest_pid: integer("oldest pid", {
      hidden: true,
      about: "process id of the session that has the oldest transaction open; another may be prepared",
    }),
    oldest_start: text("its start", { hidden: true, about: "backend_start_text of that session" }),
    oldest_prepared: seconds("oldest prepared", {
      hidden: true,
      about: "time since the oldest prepared transaction was prepared",
    }),
    oldest_prepared_gid: text("prepared gid", { hidden: true, about: "its name in pg_prepared_xacts" }),
    oldest_prepared_start: text("prepared at", { hidden: true, about: "when it was prepared" }),
    oldest_idle_in_transaction: seconds("oldest idle", { about: "longest time idle in transaction" }),
    oldest_idle_pid: integer("oldest idle pid", { hidden: true, about: "process id of that session" }),
    oldest_idle_start: text("its start", { hidden: true, about: "backend_start_text of that session" }),
    longest_query: seconds("longest query", {
      hidden: true,
      about: "age of the longest running statement of a client",
    }),
    longest_query_pid: integer("longest query pid", { hidden: true, about: "process id of its session" }),
    longest_query_start: text("its start", { hidden: true, about: "backend_start_text of that session" }),
    longest_wait: seconds("longest wait", {
      hidden: true,
      about:
        "longest wait of a client for a lock, where one is over a second old; before 14 since its state changed",
    }),
    blocking_pid: integer("blocking pid", {
      hidden: true,
      about: "process id of the session at the root of its chain; 0 is a prepared transaction",
    }),
    blocking_start: text("its start", { hidden: true, about: "backend_start_text of that session" }),
    seconds_since_replay: seconds("since replay", {
      hidden: true,
      about: "replayed_at by the standby's clock; unknown when that is behind the primary's",
    }),
    replayed_at: epoch("replayed at", {
      hidden: true,
      about: "commit of the last transaction replayed, by the primary's clock",
    }),
    receiver: text("receiver", { about: "pg_stat_wal_receiver.status, none when no WAL receiver runs" }),
    follows: bool("follows", {
      hidden: true,
      about: "primary_conninfo is set, on a standby; unknown to a bare role and before 12",
    }),
    replay_paused: bool("paused", { hidden: true, about: "pg_is_wal_replay_paused(), on a standby" }),
    apply_delay: seconds("apply delay", {
      hidden: true,
      about: "recovery_min_apply_delay, on a standby; unknown before 12",
    }),
    sync_standbys: text("sync standbys", {
      hidden: true,
      about: "synchronous_standby_names, on a primary; empty where commits wait for none",
    }),
    sender_host: text("sender", { about: "the host this standby receives WAL from", since: 110000 }),
    sender_port: integer("port", { about: "the port this standby receives WAL from", since: 110000 }),
    server_time: epoch("clock", { required: true, hidden: true, about: "clock_timestamp() of the server" }),
  },
  sql: pulseStatements,
});

export type PulseRow = RowOf<typeof pulseView>;

/** A second of an idle server reads a handful of buffers: their hit ratio says nothing, that of ten seconds does. */
export const keptPulses = 11;

/**
 * The finished row of a node's pulse: with rates, and with what follows from facts and lag.
 * @param pulses the last {@link keptPulses} answers, oldest first
 */
export function pulseRow(
  pulses: readonly OkSample[],
  facts: ServerFacts | null,
  lag: Lag | null,
): PulseRow | null {
  const [first, now] = [pulses[0], pulses.at(-1)];
  const raw = now?.rows[0];
  if (!now || !raw) return null;
  const earlier = (first?.epoch === now.epoch && first.rows[0]) || null;
  const row: Record<string, unknown> = { ...compared(pulseView, now, pulses.at(-2) ?? null, "rate")[0] };
  for (const [name, { derive }] of Object.entries(pulseView.columns))
    if (derive) row[name] = derive({ raw, earlier, facts, lag }) ?? null;
  return row as PulseRow;
}
