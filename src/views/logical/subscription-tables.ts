import { integer, lsn, text } from "../columns.ts";
import { defineView } from "../view.ts";

/** So many of the tables of all subscriptions of a database are listed, those that are not ready first. */
export const mostTables = 500;

/** The name comes from the view: until 13 only its owner sees the OID of pg_subscription. */
const statement = (errors: string, joined = "") => `
select
  s.subname, pg_catalog.concat(n.nspname, '.', c.relname) as relname,
  case r.srsubstate when 'i' then 'initializing' when 'd' then 'copying' when 'f' then 'copied'
    when 's' then 'synchronized' when 'r' then 'ready' else r.srsubstate::text end as srsubstate,
  r.srsublsn, s.pid, copy.issue,
  case when copy.issue is not null then 0 when r.srsubstate <> 'r' then 1 else 2 end as rank
from pg_catalog.pg_subscription_rel as r
join pg_catalog.pg_class as c on c.oid = r.srrelid
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
join lateral (
  select st.subname, case when st.relid = r.srrelid then st.pid end as pid
  from pg_catalog.pg_stat_subscription as st where st.subid = r.srsubid
  order by st.relid is not distinct from r.srrelid desc limit 1
) as s on true${joined}
cross join lateral (
  select case when s.pid is null and not pg_catalog.pg_is_in_recovery() and exists (
      select from pg_catalog.pg_subscription as sub
      join pg_catalog.pg_database as d on d.oid = sub.subdbid and d.datname = pg_catalog.current_database()
      where sub.subname = s.subname and sub.subenabled)
    then case r.srsubstate when 'd' then pg_catalog.concat('its copy broke off', ${errors})
      when 'i' then 'its copy has not begun' || ${errors} end end as issue
) as copy
order by 7, 1, 2
limit ${mostTables}`;

/** One that is only to begin may have to wait for its turn. */
const counted = `case when errors.sync_error_count > 0
    then '; copy errors of its subscription so far: ' || errors.sync_error_count::text end`;

/** How far each table of a subscription is with its first copy. */
export const subscriptionTables = defineView({
  name: "subscription_tables",
  title: "Subscription tables",
  section: "replication",
  source: "pg_subscription_rel, pg_stat_subscription, pg_stat_subscription_stats",
  scope: "database",
  runsOn: "any",
  everyMs: 5_000,
  rowKey: ["subname", "relname"],
  rowName: "relname",
  sortBy: "rank",
  none: "no subscriptions have tables",
  isQuiet: ({ srsubstate }) => srsubstate === "ready",
  columns: {
    relname: text("TABLE", {
      required: true,
      priority: 0,
      maxWidth: 40,
      about: "the table on the subscriber",
    }),
    subname: text("SUBSCRIPTION", { required: true, priority: 1, maxWidth: 24, about: "its subscription" }),
    srsubstate: text("STATE", {
      required: true,
      priority: 0,
      about: "initializing, copying, copied, synchronized, then ready: it follows with the others",
      severity: (state) => (state === "ready" ? "ok" : "warning"),
    }),
    pid: integer("PID", {
      priority: 3,
      about: "process id of the worker that copies it; none while none does",
    }),
    issue: text("ISSUE", {
      usual: [],
      hidden: true,
      priority: 0,
      maxWidth: 60,
      about:
        "why it does not get on: its copy broke off, or has not begun though copies of its subscription failed (15), and no worker copies it now",
      severity: () => "warning",
    }),
    srsublsn: lsn("SINCE", {
      priority: 4,
      maxWidth: 18,
      about: "the publisher's position at its last change of state",
    }),
    rank: integer("RANK", { internal: true, hidden: true, about: "0 does not get on, 2 is ready" }),
  },
  sql: {
    100000: statement("null::text"),
    150000: statement(
      counted,
      "\nleft join pg_catalog.pg_stat_subscription_stats as errors on errors.subid = r.srsubid",
    ),
  },
});
