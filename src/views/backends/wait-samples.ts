import { integer, query, text } from "../columns.ts";
import { defineView, type Row, type RowOf } from "../view.ts";
import { statementParameters, statementSql } from "./session.ts";
import { remembered } from "./wait-history.ts";

/** Groups that are told apart in one sample; of the others only what they wait for is. */
const most = 200;

/** Sessions that run statements, and vacuums. */
const ofWork = "a.backend_type in ('client backend', 'parallel worker', 'autovacuum worker')";

/**
 * What a process waits for that has nothing to do: its main loop, the next record for a receiver, an extension's
 * worker, a sleep of its own. A session that runs a statement works whatever it waits for.
 */
const atRest = "coalesce(a.wait_event_type, '') in ('Activity', 'Client', 'Extension', 'Timeout')";

const isActive = `case when ${ofWork} then a.state in ('active', 'fastpath function call')
    else a.backend_type is not null and a.state is distinct from 'idle' and not ${atRest} end`;

/** Of a session of another role only database and role are seen. */
const isHidden = "a.backend_type is null and a.datid is not null and a.usesysid is not null";

/** A hash where the server has no query id. As bytes: the statement may be in any encoding. */
const hash = `pg_catalog.hashtext(a.query collate pg_catalog."C") || ' ' || pg_catalog.octet_length(a.query)`;

/**
 * Active sessions, grouped by the server; our own, of our role and with our application_name, are left out. From the function
 * that pg_stat_activity is made of, as the view activity is.
 */
const statement = (queryId: string) => `
with own as (
  select s.usesysid, s.application_name
  from pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) as s where s.application_name <> ''
), seen as (
  select a.pid, a.wait_event_type, a.wait_event, a.backend_type, a.usesysid, a.datid, ${queryId} as query_id,
    case when ${ofWork} then coalesce(${queryId}, ${hash}) else a.backend_type end as statement_key,
    case when ${isHidden} then 'hidden' when a.state = 'disabled' then 'track_activities' end as unknown,
    a.query
  from pg_catalog.pg_stat_get_activity(null) as a
  where a.pid <> pg_catalog.pg_backend_pid()
    and not exists (select from own as o where o.usesysid = a.usesysid and o.application_name = a.application_name)
    and (${isHidden} or a.state = 'disabled' or ${isActive})
), grouped as (
  select a.wait_event_type, a.wait_event, a.backend_type, a.usesysid, a.datid, a.query_id, a.statement_key,
    (pg_catalog.array_agg(a.query))[1] as query, pg_catalog.count(*) as sessions,
    pg_catalog.row_number() over (order by pg_catalog.count(*) desc) as place
  from seen as a where a.unknown is null
  group by 1, 2, 3, 4, 5, 6, 7
)
select a.wait_event_type, a.wait_event, a.backend_type, pg_catalog.pg_get_userbyid(a.usesysid) as usename, d.datname,
  $COLUMN a.statement_key, null::text as unknown, a.sessions, ${statementSql} as query
from grouped as a
left join pg_catalog.pg_database as d on d.oid = a.datid
where a.place <= ${most}
union all
select a.wait_event_type, a.wait_event, null, null, null, $OTHER null, null, pg_catalog.sum(a.sessions)::int8, null
from grouped as a where a.place > ${most} group by 1, 2
union all
select null, null, null, null, null, $OTHER null, a.unknown, pg_catalog.count(*), null
from seen as a where a.unknown is not null group by a.unknown`;

const columnsOf = (text: string, column: string, other: string) =>
  text.replace("$COLUMN", column).replaceAll("$OTHER", other);

/** What active sessions wait for at one moment. Its samples are remembered for a quarter of an hour. */
export const waitSamples = defineView({
  name: "wait_samples",
  title: "Wait samples",
  section: "backends",
  tab: false,
  source: "pg_stat_activity",
  scope: "server",
  runsOn: "any",
  everyMs: 1000,
  rowKey: ["unknown", "wait_event_type", "wait_event", "backend_type", "usename", "datname", "statement_key"],
  rowName: "wait_event",
  sortBy: "-sessions",
  none: "no session is active",
  withoutAllStats: "what sessions of other roles wait for is hidden",
  unknownIn: (rows: readonly Row[]) =>
    rows.flatMap(({ unknown, sessions }) =>
      unknown === "track_activities"
        ? [`track_activities is off in ${sessions} sessions: whether they are active is unknown`]
        : [],
    ),
  keeps: (before, { rows, atMs }) => remembered(before, rows, atMs),
  columns: {
    wait_event_type: text("TYPE", { priority: 0, about: "class of the wait event; empty on the CPU" }),
    wait_event: text("EVENT", { priority: 0, maxWidth: 24, about: "wait event; empty on the CPU" }),
    backend_type: text("PROCESS", { priority: 2, maxWidth: 20, about: "kind of process" }),
    usename: text("USER", { priority: 1, maxWidth: 14, about: "role it logged in as" }),
    datname: text("DATABASE", { priority: 1, maxWidth: 16, about: "database it is connected to" }),
    query_id: text("QUERY ID", {
      hidden: true,
      since: 140000,
      about: "compute_query_id of the statement; empty where that is off",
    }),
    statement_key: text("STATEMENT", {
      hidden: true,
      about: `query id, else a hash of the statement with its length, or the kind of process; empty beyond the ${most} largest groups`,
    }),
    unknown: text("UNKNOWN", {
      hidden: true,
      about: "why it is unknown whether these are active: hidden from our role, or track_activities is off",
    }),
    sessions: integer("SESSIONS", { required: true, priority: 0, about: "sessions in this sample" }),
    query: query("STATEMENT", { priority: 0, about: "the statement of one of them" }),
  },
  parameters: () => statementParameters(false),
  sql: {
    100000: columnsOf(statement("null::text"), "", ""),
    140000: columnsOf(statement("a.query_id::text"), "a.query_id,", "null,"),
  },
});

export type WaitGroup = RowOf<typeof waitSamples>;
