import { askedOfQueue } from "../backends/lock-sql.ts";
import { statementParameters, statementSql } from "../backends/session.ts";
import { bool, count, integer, pids, query, seconds, text } from "../columns.ts";
import { defineView, type Row, type RowOf } from "../view.ts";

/** A setting of autovacuum's own, else the one of VACUUM where it is -1; as text that has no unit. */
const costSetting = (name: string) => `(
    select coalesce(pg_catalog.max(case when g.name = 'autovacuum_${name}' and g.setting <> '-1' then g.setting end),
      pg_catalog.max(case when g.name = '${name}' then g.setting end))::float8
    from pg_catalog.pg_settings as g where g.name in ('autovacuum_${name}', '${name}'))`;

/** Who waits for a worker is asked of the first waiters only, and where there are workers. */
const statement = `
with backends as (
  select a.pid, a.backend_start, a.datid, a.query, a.query_start, a.wait_event_type, a.wait_event, a.backend_type
  from pg_catalog.pg_stat_get_activity(null) as a
  where a.backend_type is null or a.backend_type = 'autovacuum worker' or a.wait_event_type = 'Lock'
), waiting as (
  select w.pid, pg_catalog.pg_blocking_pids(w.pid) as blockers from (
    select b.pid from backends as b
    where b.wait_event_type = 'Lock' and exists (select from backends as o where o.backend_type = 'autovacuum worker')
    order by b.query_start limit ${askedOfQueue}
  ) as w
)
select
  null::int4 as pid, null::text as backend_start_text,
  pg_catalog.current_setting('autovacuum')::bool and pg_catalog.current_setting('track_counts')::bool as active,
  (select pg_catalog.count(*) from backends as b where b.backend_type = 'autovacuum worker') as workers,
  (select pg_catalog.count(*) from backends as b where b.backend_type is null) as hidden_processes,
  pg_catalog.current_setting('autovacuum_max_workers')::int4 as max_workers,
  pg_catalog.date_part('epoch', pg_catalog.current_setting('autovacuum_naptime')::interval) as naptime,
  pg_catalog.round(${costSetting("vacuum_cost_delay")} * 1000)::int8 as cost_delay_us,
  ${costSetting("vacuum_cost_limit")}::int8 as cost_limit,
  null::name as datname, null::float8 as elapsed_seconds, null::text as wait, null::int4[] as waiting_pids,
  null::bool as wraparound, null::text as query
union all
select
  b.pid, b.backend_start::text, null, null, null, null, null, null, null,
  d.datname, pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - b.query_start),
  b.wait_event_type || ':' || b.wait_event,
  array(select w.pid from waiting as w where b.pid = any (w.blockers) order by w.pid),
  pg_catalog.textsend(b.query) like pg_catalog.textsend('% (to prevent wraparound)'),
  ${statementSql.replaceAll("a.query", "b.query")}
from backends as b
left join pg_catalog.pg_database as d on d.oid = b.datid
where b.backend_type = 'autovacuum worker'`;

/** Autovacuum of a server, without a process id, and each of its workers; {@link autovacuumWorkers} shows them. */
export const autovacuumBackends = defineView({
  name: "autovacuum_backends",
  title: "Autovacuum backends",
  section: "maintenance",
  tab: false,
  source: "pg_stat_activity, pg_settings",
  scope: "server",
  // A standby has no autovacuum.
  runsOn: "primary",
  withoutAllStats: "which autovacuum workers run is hidden",
  rowKey: ["pid", "backend_start_text"],
  sortBy: "-elapsed_seconds",
  duration: "elapsed_seconds",
  lacks: ({ pid }: Row, column) => (pid === null) !== ofServer.has(column),
  columns: {
    pid: integer("PID", { priority: 0, about: "process id of the worker; none of autovacuum as a whole" }),
    active: bool("ON", { priority: 1, about: "autovacuum and track_counts are on" }),
    workers: integer("WORKERS", { priority: 0.5, about: "workers that run" }),
    max_workers: integer("MAX", { priority: 0.6, about: "autovacuum_max_workers" }),
    datname: text("DATABASE", { priority: 1, maxWidth: 16, about: "database that it works in" }),
    elapsed_seconds: seconds("ELAPSED", { priority: 0.8, about: "time since it came to this table" }),
    wait: text("WAIT", {
      ...{ priority: 1.5, maxWidth: 26 },
      about: "wait event, type:name; Timeout:VacuumDelay is the sleep of the cost limit",
    }),
    waiting_pids: pids("WAITED FOR BY", {
      ...{ priority: 0.9, maxWidth: 24 },
      about: `sessions that wait for a lock of it, of the ${askedOfQueue} that have waited longest`,
    }),
    wraparound: bool("WRAPAROUND", {
      hidden: true,
      about: "it prevents wraparound: it does not give way to those that wait for its lock",
    }),
    naptime: seconds("NAPTIME", {
      priority: 4,
      about: "autovacuum_naptime: pause between two rounds in a database",
    }),
    cost_delay_us: count("DELAY us", {
      ...{ priority: 3 },
      about:
        "sleep in microseconds once the cost limit is reached; autovacuum_vacuum_cost_delay, or vacuum_cost_delay",
    }),
    cost_limit: count("LIMIT", {
      ...{ priority: 3 },
      about:
        "cost that brings a sleep, shared by all workers; autovacuum_vacuum_cost_limit, or vacuum_cost_limit",
    }),
    hidden_processes: integer("HIDDEN", { hidden: true, about: "processes whose kind our role may not see" }),
    backend_start_text: text("STARTED AT", {
      hidden: true,
      about: "when the worker began, to the microsecond",
    }),
    query: query("STATEMENT", { priority: 2, about: "what it does, and with which table" }),
  },
  parameters: ({ wholeText }) => statementParameters(wholeText),
  sql: { 100000: statement },
});

const ofServer: ReadonlySet<string> = new Set([
  ...["active", "workers", "max_workers", "naptime", "cost_delay_us", "cost_limit", "hidden_processes"],
]);

export type AutovacuumBackend = RowOf<typeof autovacuumBackends>;
