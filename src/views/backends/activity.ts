import {
  above,
  ageOf,
  bool,
  count,
  epoch,
  integer,
  pids,
  query,
  type Severity,
  seconds,
  text,
} from "../columns.ts";
import type { Row } from "../row.ts";
import { defineView, keyOf, type RowOf } from "../view.ts";
import { askedOfQueue, lockText, placeInQueue, preparedHolders, unknownStart } from "./lock-sql.ts";
import { sessionColumns, statementParameters, statementSql, stateSql, withheldOf } from "./session.ts";

/**
 * The prepared transactions that `q` waits for, with their ages. A name may have bytes of any encoding: collation C sorts
 * them as they are.
 */
const preparedBlockers = `select pg_catalog.string_agg(distinct 'prepared ' || p.gid collate pg_catalog."C" || ' '
    || case when since.age < 120 then since.age || 's' when since.age < 7200 then since.age / 60 || 'min'
            else since.age / 3600 || 'h' end, ', ')
  from ${preparedHolders("locks")}
  cross join lateral (
    select pg_catalog.floor(pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - p.prepared))::int8 as age offset 0
  ) as since
  where w.pid = q.pid`;

const restingState = "idle";
const restingType = "walsender";

/**
 * The rows that are left out while idle sessions are: background processes have no state. The session of a client whose
 * state our role may not see is none of them: it may be the one that everything waits for.
 */
export const isAtRest = ({ state, backend_type, datname, usename }: Row): boolean => {
  if (backend_type === null && datname !== null && usename !== null) return false;
  return state === null || state === restingState || backend_type === restingType;
};

/**
 * Backends, and below them prepared transactions, which have none. From the function that pg_stat_activity is made of:
 * the view leaves out TLS and joins the databases a second time. Where a queue is longer than those that are asked, the
 * others wait for whom its first one waits, except for those in the queue itself. `offset 0` has blockers found once, and not
 * wherever they are used.
 */
const statement = ({ leader, queryId, waitStart }: Differences) => `
with locks as (
  select l.pid, l.mode, l.granted, l.virtualtransaction, l.locktype, ${waitStart} as waitstart,
    l.database, l.relation, l.page, l.tuple, l.transactionid, l.classid, l.objid, l.objsubid, ${lockText} as lock
  from pg_catalog.pg_locks as l
  where (not l.granted or l.pid is null) and (
    select pg_catalog.count(*) from pg_catalog.pg_stat_get_activity(null) as a where a.wait_event_type = 'Lock') > 0
),
queued as (
  select l.pid, l.lock, l.mode, ${placeInQueue} as place from locks as l where not l.granted and l.pid is not null
),
asked as (
  select q.pid, q.lock, q.mode, q.place, q.pids, case when 0 = any (q.pids) then (${preparedBlockers}) end as prepared
  from (
    select w.pid, w.lock, w.mode, w.place, pg_catalog.pg_blocking_pids(w.pid) as pids
    from queued as w where w.place <= ${askedOfQueue} offset 0
  ) as q
),
blocked as (
  select q.pid, q.pids, q.prepared from asked as q
  union all
  select q.pid, first.pids, first.prepared
  from queued as q
  join (
    select f.lock, f.mode, f.prepared, array(
      select b.pid from pg_catalog.unnest(f.pids) as b (pid)
      where not exists (select from queued as o where o.pid = b.pid and o.lock = f.lock and o.mode = f.mode)) as pids
    from asked as f where f.place = 1 offset 0
  ) as first on first.lock = q.lock and first.mode = q.mode
  where q.place > ${askedOfQueue}
)
select
  a.pid, null::text as gid, d.datname, pg_catalog.pg_get_userbyid(a.usesysid) as usename, a.application_name, a.client_addr,
  a.backend_type,
  ${stateSql} as state,
  a.wait_event_type || ':' || a.wait_event as wait,
  pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - a.xact_start) as xact_seconds,
  case when a.state = 'active'
       then pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - a.query_start) end as query_seconds,
  pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - a.state_change) as state_seconds,
  pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - a.backend_start) as backend_seconds,
  pg_catalog.date_part('epoch', a.backend_start) as backend_start,
  a.backend_start::text as backend_start_text,
  blocking.pids as blocked_by,
  case when blocking.pids is not null then pg_catalog.concat_ws(', ',
    nullif(pg_catalog.array_to_string(pg_catalog.array_remove(blocking.pids, 0), ','), ''), blocking.prepared) end as blockers,
  a.backend_xid::text as xid,
  ${ageOf("a.backend_xid")} as xid_age,
  ${ageOf("a.backend_xmin")} as xmin_age,
  case when a.ssl then a.sslversion when not a.ssl and a.client_addr is not null then 'off' end as tls,
  ${leader ? leaderColumns : ""} ${queryId ? "a.query_id," : ""}
  a.pid = pg_catalog.pg_backend_pid() as own,
  ${statementSql} as query
from pg_catalog.pg_stat_get_activity(null) as a
left join pg_catalog.pg_database as d on d.oid = a.datid
left join lateral (
  select b.pids, b.prepared from blocked as b where b.pid = a.pid and a.wait_event_type = 'Lock'
) as blocking on true
where $4::bool or (a.state <> '${restingState}' and a.backend_type <> '${restingType}')
  or (a.backend_type is null and a.datid is not null and a.usesysid is not null)
union all
select
  null, p.gid, p.database, p.owner, null, null, 'prepared transaction', 'prepared', null,
  pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - p.prepared), null,
  pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - p.prepared), null,
  pg_catalog.date_part('epoch', p.prepared), p.prepared::text, null, null,
  p.transaction::text, ${ageOf("p.transaction")}, null, null,
  ${leader ? "null, null," : ""} ${queryId ? "null," : ""} false,
  ' ' || $3::text || ':' || pg_catalog.encode(pg_catalog.textsend('PREPARE TRANSACTION ' || pg_catalog.quote_literal(p.gid)), $3::text)
from pg_catalog.pg_prepared_xacts as p`;

type Differences = { readonly leader: boolean; readonly queryId: boolean; readonly waitStart: string };

/** A worker's row is below that of its leader, which is known by both. */
const leaderColumns = `a.leader_pid, case when a.leader_pid is not null then (
    select l.backend_start::text from pg_catalog.pg_stat_get_activity(a.leader_pid) as l) end as leader_start,`;

/** Processes that run statements. The age of another one, a WAL sender or a vacuum, is no statement that takes long. */
const statementTypes = new Set<unknown>(["client backend", "parallel worker", "prepared transaction", null]);

const ofStatements =
  (severity: (age: number) => Severity) =>
  (age: number, { backend_type }: Row): Severity =>
    statementTypes.has(backend_type) ? severity(age) : "ok";

const rowKey = ["pid", "backend_start_text", "gid"] as const;

/** Backends of a server and what each does. pg_blocking_pids() is called for the first waiters of a lock only. */
export const activity = defineView({
  name: "activity",
  title: "Activity",
  section: "backends",
  source: "pg_stat_activity, pg_prepared_xacts",
  scope: "server",
  runsOn: "any",
  withoutAllStats: "what sessions of other roles do is hidden",
  unknownIn: (rows) => {
    const untracked = rows.filter(({ state, own }) => state === "disabled" && own !== true).length;
    return untracked === 0
      ? []
      : [`track_activities is off in ${untracked} of these sessions: what they do is unknown`];
  },
  withheld: withheldOf,
  rowKey,
  parent: ({ leader_pid, leader_start }) =>
    leader_pid == null
      ? null
      : keyOf({ rowKey }, { pid: leader_pid, backend_start_text: leader_start, gid: null }),
  // Their leader tells what they do, and a signal to it ends them all.
  folds: { one: "worker", many: "workers" },
  sortBy: "-xact_seconds",
  duration: "query_seconds",
  columns: {
    pid: integer("PID", {
      priority: 0,
      about: "process id of the backend; a prepared transaction has none",
    }),
    ...sessionColumns,
    backend_type: text("TYPE", {
      hidden: true,
      found: true,
      // Of a prepared transaction its state says it.
      usual: ["client backend", "prepared transaction"],
      priority: 1,
      maxWidth: 20,
      about: "kind of process, where it serves no client",
    }),
    state: text("STATE", {
      priority: 0.85,
      maxWidth: 10,
      about: "what it does now",
      severity: (state) => (/^(idle in tx|aborted tx|prepared)$/.test(state) ? "warning" : "ok"),
    }),
    wait: text("WAIT", {
      priority: 2,
      maxWidth: 24,
      about: "wait event, type:name",
      severity: (wait) => (wait.startsWith("Lock:") ? "critical" : "ok"),
    }),
    xact_seconds: seconds("TX", {
      priority: 1,
      about: "age of its transaction",
      severity: ofStatements(above(300, 1800)),
    }),
    query_seconds: seconds("QUERY", {
      priority: 1,
      about: "age of its running statement",
      severity: ofStatements(above(60, 600)),
    }),
    state_seconds: seconds("IN STATE", { priority: 2.9, about: "time in this state" }),
    backend_seconds: seconds("SESSION", { hidden: true, about: "age of the session" }),
    backend_start: epoch("STARTED", { hidden: true, about: "when the session began" }),
    backend_start_text: text("STARTED AT", {
      hidden: true,
      about: "the same to the microsecond: with the process id it tells the session from any other",
    }),
    blockers: text("BLOCKED BY", {
      priority: 0.87,
      maxWidth: 30,
      about: "process ids and prepared transactions, with their age, that hold what it waits for",
    }),
    blocked_by: pids("BLOCK PIDS", {
      hidden: true,
      about:
        "pg_blocking_pids(), of a session far back in a queue that of its first; 0 is a prepared transaction",
    }),
    gid: text("PREPARED", { hidden: true, about: "name of a prepared transaction" }),
    xid: text("XID", { hidden: true, about: "its transaction id, once it has written" }),
    xid_age: count("XID AGE", { hidden: true, about: "transactions begun since it got its id" }),
    xmin_age: count("XMIN AGE", {
      hidden: true,
      about: "transactions begun since its backend_xmin; VACUUM keeps the rows deleted since then",
    }),
    tls: text("TLS", { hidden: true, about: "TLS version, or off; empty on a Unix socket" }),
    leader_pid: integer("LEADER", { hidden: true, since: 130000, about: "leader of a parallel worker" }),
    leader_start: text("LEADER STARTED", {
      hidden: true,
      since: 130000,
      about: "when the session of its leader began",
    }),
    query_id: text("QUERY ID", { hidden: true, since: 140000, about: "compute_query_id of the statement" }),
    own: bool("OWN", { required: true, hidden: true, about: "pgparade's own session" }),
    query: query("STATEMENT", { priority: 0, about: "text of the running or last statement" }),
  },
  parameters: ({ idle, wholeText }) => [...statementParameters(wholeText), idle ? "t" : "f"],
  sql: {
    100000: statement({ leader: false, queryId: false, waitStart: unknownStart }),
    130000: statement({ leader: true, queryId: false, waitStart: unknownStart }),
    140000: statement({ leader: true, queryId: true, waitStart: "l.waitstart" }),
  },
});

export type Backend = RowOf<typeof activity>;
