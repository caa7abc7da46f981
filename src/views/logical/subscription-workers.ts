import { safeName } from "../../text/text.ts";
import { bool, integer, lsn, seconds, secondsSince, tally, text, texts } from "../columns.ts";
import { whereGranted } from "../server/granted.ts";
import { defineView, type RowOf } from "../view.ts";

type Differences = {
  /** What pg_subscription has beyond 10, each with a comma behind it. */
  readonly more: string;
  /** Which of the workers of a subscription applies, and which of them copies a table. */
  readonly applies: string;
  readonly joined: string;
  /** Who may read the progress of origins, beside the right to the function: until 13 it refuses all but superusers. */
  readonly mayProgress: string;
};

/**
 * Until 13 only the owner of pg_subscription sees its OID: the name leads to the worker, where it is that of one
 * subscription.
 */
const byName = `main.subname = s.subname and not exists (
    select from pg_catalog.pg_subscription as o where o.subname = s.subname and o.subdbid <> s.subdbid)`;

/** OID of each subscription and how far its origin is, which has that in its name. Names of others are compared as bytes. */
const progress = (mayProgress: string) =>
  whereGranted(
    "pg_catalog.pg_show_replication_origin_status()",
    "w.subid::int8, pg_catalog.pg_wal_lsn_diff(o.remote_lsn, '0/0')::int8",
    `pg_catalog.pg_stat_subscription as w
      join pg_catalog.pg_show_replication_origin_status() as o on o.external_id = 'pg_' || w.subid::text`,
    `exists (select from pg_catalog.pg_subscription) and ${mayProgress}`,
  );

/** A worker that has ended since pg_stat_subscription was read is none: without an age it would be one that is hidden. */
const statement = ({ more, applies, joined, mayProgress }: Differences, worker = byName) => `
select
  d.datname, s.subname, pg_catalog.pg_get_userbyid(s.subowner) as owner, s.subenabled, s.subslotname,
  pg_catalog.array_to_json(s.subpublications)::text as subpublications, ${more}
  a.pid, ${secondsSince("a.backend_start")} as worker_seconds,
  main.received_lsn, main.latest_end_lsn,
  ${secondsSince("main.last_msg_receipt_time")} as last_msg_seconds,
  ${secondsSince("main.latest_end_time")} as latest_end_seconds,
  (select pg_catalog.count(*) from pg_catalog.pg_stat_subscription as w
    where w.subid = main.subid and w.relid is not null) as copying,
  (pg_catalog.to_hex(nullif(origin.held[2], 0) >> 32) || '/'
    || pg_catalog.to_hex(origin.held[2] & 4294967295))::pg_catalog.pg_lsn as remote_lsn
from pg_catalog.pg_subscription as s
join pg_catalog.pg_database as d on d.oid = s.subdbid
left join pg_catalog.pg_stat_subscription as main on ${worker} and ${applies}
left join pg_catalog.pg_stat_activity as a on a.pid = main.pid
left join ${progress(mayProgress)} as origin on origin.held[1] = main.subid::int8${joined}`;

const oldest: Differences = {
  ...{ more: "", applies: "main.relid is null", joined: "" },
  mayProgress: `exists (
    select from pg_catalog.pg_roles as me where me.rolname = current_user and me.rolsuper)`,
};
const since14 = {
  ...oldest,
  more: "s.oid::text as subid, s.substream::text as substream,",
  mayProgress: "true",
};
const since15 = {
  ...since14,
  more: `${since14.more} s.subtwophasestate::text as subtwophasestate, s.subdisableonerr,
  nullif(s.subskiplsn, '0/0') as subskiplsn, errors.apply_error_count, errors.sync_error_count,`,
  joined: `
left join pg_catalog.pg_stat_subscription_stats as errors on errors.subid = s.oid`,
};
const since16 = {
  ...since15,
  more: `${since15.more} s.suborigin,`,
  applies: "main.relid is null and main.leader_pid is null",
};
const since17 = { ...since16, more: `${since16.more} s.subfailover,` };

/** A kind of conflict, by the name that pg_stat_subscription_stats has for it. */
const conflict = (header: string, about: string) => tally(header, { hidden: true, since: 180000, about });
const conflicts = {
  confl_insert_exists: conflict("INSERT EXISTS", "a row was inserted whose key another has"),
  confl_update_origin_differs: conflict(
    "UPDATE ORIGIN DIFFERS",
    "the row to update had been changed from another origin",
  ),
  confl_update_exists: conflict("UPDATE EXISTS", "a row was updated to a key that another has"),
  confl_update_missing: conflict("UPDATE MISSING", "the row to update was not there"),
  confl_delete_origin_differs: conflict(
    "DELETE ORIGIN DIFFERS",
    "the row to delete had been changed from another origin",
  ),
  confl_delete_missing: conflict("DELETE MISSING", "the row to delete was not there"),
  confl_multiple_unique_conflicts: conflict(
    "MULTIPLE UNIQUE",
    "a row met several others by more than one unique key",
  ),
};
const kinds = Object.keys(conflicts).map((kind) => `errors.${kind}`);
const since18 = {
  ...since17,
  more: `${since17.more} ${kinds.join(", ")}, ${kinds.join(" + ")} as conflicts,`,
};
const byOid = "main.subid = s.oid";

/** Subscriptions of all databases of a server as it tells them; the view `subscriptions` says more of them. */
export const subscriptionWorkers = defineView({
  name: "subscription_workers",
  title: "Subscription workers",
  section: "replication",
  tab: false,
  source: "pg_subscription, pg_stat_subscription, pg_stat_subscription_stats",
  scope: "server",
  runsOn: "any",
  rowKey: ["datname", "subname"],
  rowName: "subname",
  sortBy: "subname",
  duration: "last_msg_seconds",
  none: "no subscriptions",
  withoutAllStats: "since when workers run may not be seen, so whether they fail is unknown",
  columns: {
    subname: text("SUBSCRIPTION", { required: true, priority: 0, maxWidth: 30, about: "its name" }),
    datname: text("DATABASE", {
      required: true,
      priority: 2,
      maxWidth: 16,
      about: "the database that it is in",
    }),
    subenabled: bool("ENABLED", {
      priority: 1,
      about: "whether it should be replicating",
      severity: (enabled) => (enabled ? "ok" : "warning"),
    }),
    pid: integer("PID", {
      priority: 4,
      about: "process id of the worker that applies; none while none runs",
    }),
    worker_seconds: seconds("WORKER", {
      priority: 4,
      about: "time since that worker began: one that fails is started again and again",
    }),
    copying: integer("COPYING", { priority: 2, about: "workers that copy a table at its start" }),
    last_msg_seconds: seconds("HEARD", {
      priority: 2,
      about: "time since the last message of the publisher",
    }),
    latest_end_seconds: seconds("REPORTED", {
      hidden: true,
      about: "time since the last position was reported to the publisher",
    }),
    received_lsn: lsn("RECEIVED", { priority: 5, maxWidth: 18, about: "last WAL received" }),
    latest_end_lsn: lsn("LATEST", {
      hidden: true,
      about: "last position that was reported to the publisher",
    }),
    apply_error_count: tally("APPLY ERRORS", {
      priority: 1,
      since: 150000,
      about: "failures to apply a change",
      severity: (errors) => (errors > 0n ? "warning" : "ok"),
    }),
    sync_error_count: tally("SYNC ERRORS", {
      priority: 2,
      since: 150000,
      about: "failures to copy a table at its start",
      severity: (errors) => (errors > 0n ? "warning" : "ok"),
    }),
    conflicts: tally("CONFLICTS", {
      priority: 2,
      since: 180000,
      about: "conflicts of all kinds (confl_… of pg_stat_subscription_stats), which are each in the details",
    }),
    ...conflicts,
    remote_lsn: lsn("REMOTE", {
      hidden: true,
      about:
        "up to where its origin has applied what the publisher wrote; unknown to a role that may not execute pg_show_replication_origin_status()",
    }),
    subslotname: text("SLOT", { priority: 3, maxWidth: 24, about: "its slot on the publisher" }),
    subpublications: texts("PUBLICATIONS", {
      priority: 3,
      maxWidth: 24,
      names: true,
      about: "what it subscribes to",
    }),
    subid: text("OID", {
      hidden: true,
      since: 140000,
      about: "its OID, which is in the name of its replication origin: pg_ and this",
    }),
    owner: text("OWNER", { hidden: true, about: "the role that owns it" }),
    substream: text("STREAM", {
      hidden: true,
      since: 140000,
      about: "streaming of open transactions; from 16 f: off, t: spilled to disk, p: applied in parallel",
    }),
    subtwophasestate: text("TWO PHASE", {
      hidden: true,
      since: 150000,
      about: "d: disabled, p: pending, e: enabled",
    }),
    subdisableonerr: bool("DISABLE ON ERROR", {
      hidden: true,
      since: 150000,
      about: "it is disabled where a worker fails",
    }),
    subskiplsn: lsn("SKIP", { hidden: true, since: 150000, about: "the transaction that is to be skipped" }),
    suborigin: text("ORIGIN", {
      hidden: true,
      since: 160000,
      about: "any; none leaves out changes that were replicated to its publisher",
    }),
    subfailover: bool("FAILOVER", { hidden: true, since: 170000, about: "its slot is copied to standbys" }),
  },
  sql: {
    100000: statement(oldest),
    140000: statement(since14, byOid),
    150000: statement(since15, byOid),
    160000: statement(since16, byOid),
    170000: statement(since17, byOid),
    180000: statement(since18, byOid),
  },
});

export type SubscriptionWorker = RowOf<typeof subscriptionWorkers>;

/** A subscription by its name and database, as an alert begins. */
export const nameOf = ({ subname, datname }: Pick<SubscriptionWorker, "subname" | "datname">): string =>
  `subscription ${safeName(subname ?? "", 63)} of ${safeName(datname ?? "", 63)}`;
