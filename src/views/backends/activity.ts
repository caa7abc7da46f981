import { above, bool, epoch, integer, pids, query, seconds, text } from "../columns.ts";
import { defineView, type RowOf } from "../view.ts";

const statement = (added: string) => `
select
  a.pid, a.datname, a.usename, a.application_name, a.client_addr, a.backend_type,
  case a.state when 'idle in transaction' then 'idle in tx'
               when 'idle in transaction (aborted)' then 'aborted tx'
               when 'fastpath function call' then 'fastpath'
               else a.state end as state,
  a.wait_event_type || ':' || a.wait_event as wait,
  pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - a.xact_start) as xact_seconds,
  case when a.state = 'active'
       then pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - a.query_start) end as query_seconds,
  pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - a.state_change) as state_seconds,
  pg_catalog.date_part('epoch', a.backend_start) as backend_start,
  case when a.wait_event_type = 'Lock' then pg_catalog.pg_blocking_pids(a.pid) end as blocked_by,
  ${added}
  a.pid = pg_catalog.pg_backend_pid() as own,
  pg_catalog.left(a.query, $1::int4) as query
from pg_catalog.pg_stat_activity as a
where $2::bool or (a.state <> 'idle' and a.backend_type <> 'walsender')`;

/** Backends of a server and what each does. pg_blocking_pids() is called for waiting backends only. */
export const activity = defineView({
  name: "activity",
  title: "Activity",
  source: "pg_stat_activity",
  scope: "server",
  runsOn: "any",
  withoutAllStats: "only own sessions may be seen",
  rowKey: ["pid", "backend_start"],
  sortBy: "-xact_seconds",
  duration: "query_seconds",
  columns: {
    pid: integer("PID", { priority: 0, about: "process id of the backend" }),
    datname: text("DATABASE", { priority: 3, maxWidth: 16, about: "database it is connected to" }),
    usename: text("USER", { priority: 3, maxWidth: 14, about: "role it logged in as" }),
    application_name: text("APP", { priority: 4, maxWidth: 18, about: "application_name" }),
    client_addr: text("CLIENT", {
      priority: 6,
      maxWidth: 20,
      about: "client address; empty on a Unix socket",
    }),
    backend_type: text("TYPE", { hidden: true, about: "kind of process" }),
    state: text("STATE", {
      priority: 1,
      maxWidth: 10,
      about: "what it does now",
      severity: (state) => (state === "idle in tx" || state === "aborted tx" ? "warning" : "ok"),
    }),
    wait: text("WAIT", {
      priority: 2,
      maxWidth: 24,
      about: "wait event, type:name",
      severity: (wait) => (wait.startsWith("Lock:") ? "critical" : "ok"),
    }),
    xact_seconds: seconds("TX", { priority: 1, about: "age of its transaction", severity: above(300, 1800) }),
    query_seconds: seconds("QUERY", {
      priority: 1,
      about: "age of its running statement",
      severity: above(60, 600),
    }),
    state_seconds: seconds("SINCE", { hidden: true, about: "time in this state" }),
    backend_start: epoch("STARTED", { hidden: true, about: "when the session began" }),
    blocked_by: pids("BLOCKED BY", { priority: 2, about: "process ids that hold what it waits for" }),
    leader_pid: integer("LEADER", { hidden: true, since: 130000, about: "leader of a parallel worker" }),
    query_id: text("QUERY ID", { hidden: true, since: 140000, about: "compute_query_id of the statement" }),
    own: bool("OWN", { hidden: true, about: "pgparade's own session" }),
    query: query("STATEMENT", { priority: 0, about: "text of the running or last statement" }),
  },
  parameters: ({ idle, wholeText }) => [wholeText ? "1000000" : "400", idle ? "t" : "f"],
  sql: {
    100000: statement(""),
    130000: statement("a.leader_pid,"),
    140000: statement("a.leader_pid, a.query_id,"),
  },
});

export type Backend = RowOf<typeof activity>;
