import { quoteIdentifier } from "../../postgres/identifier.ts";
import { nodeError } from "../../postgres/node-error.ts";
import type { ServerFacts } from "../../postgres/server.ts";
import { above, bool, count, epoch, integer, percent, perSecond, tally, text } from "../columns.ts";
import { failedSample } from "../compared.ts";
import type { Sample } from "../sample.ts";
import { defineView, type Row, type RowOf } from "../view.ts";

/**
 * True when every session counts what it does. `track_counts` may be off for one role or database; then the sums are
 * lower bounds. A superuser's own SET cannot be seen. Other settings may have bytes of any encoding, so they are escaped.
 */
export const countsAreKept = `pg_catalog.current_setting('track_counts') = 'on' and not exists (
  select 1 from pg_catalog.pg_db_role_setting as r, pg_catalog.unnest(r.setconfig) as line
  where pg_catalog.lower(pg_catalog.encode(pg_catalog.textsend(line), 'escape')) ~
    '^track_counts=(of|off|f|fa|fal|fals|false|n|no|0)$')`;

/** From 12 there is a row for the objects that all databases share, and checksum_failures. */
const statement = (added: string) => `
select
  s.datid,
  case when s.datid = 0 then '(shared objects)' else s.datname::text end as datname,
  s.numbackends, kept.counted, c.xact_commit, c.xact_rollback, c.blks_hit, c.blks_read,
  100 * c.blks_hit::float8 / nullif(c.blks_hit + c.blks_read, 0) as hit_ratio,
  c.tup_returned, c.tup_fetched, c.tup_inserted, c.tup_updated, c.tup_deleted,
  c.temp_bytes, c.deadlocks, c.conflicts,
  d.datallowconn, d.datistemplate,
  pg_catalog.has_database_privilege(session_user, d.oid, 'connect') as may_connect,
  case when pg_catalog.age(d.datfrozenxid) >= 0 then pg_catalog.age(d.datfrozenxid)::int8 end as xid_age,
  case when pg_catalog.mxid_age(d.datminmxid) >= 0 then pg_catalog.mxid_age(d.datminmxid)::int8 end as mxid_age,
  case when pg_catalog.pg_is_in_recovery() then 0
       else (select pg_catalog.count(*) from pg_catalog.pg_subscription as o where o.subdbid = s.datid) end as subscriptions,
  ${added}
  pg_catalog.date_part('epoch', s.stats_reset) as stats_reset
from pg_catalog.pg_stat_database as s
cross join (select ${countsAreKept} as counted) as kept
left join lateral (
  select s.xact_commit, s.xact_rollback, s.blks_hit, s.blks_read, s.tup_returned, s.tup_fetched,
    s.tup_inserted, s.tup_updated, s.tup_deleted, s.temp_bytes, s.deadlocks, s.conflicts
) as c on kept.counted
left join pg_catalog.pg_database as d on d.oid = s.datid`;

/** What each database of a server does. Sizes are not here: to measure them is dear. */
export const databases = defineView({
  name: "databases",
  title: "Databases",
  section: "storage",
  source: "pg_stat_database, pg_database, pg_subscription",
  scope: "server",
  runsOn: "any",
  rowKey: ["datid"],
  rowName: "datname",
  unknownIn: (rows) =>
    rows.some(({ counted }) => counted === false)
      ? ["track_counts is off: rates and counts are unknown"]
      : [],
  sortBy: "-numbackends",
  lacks: (_, column) => column === "stats_reset",
  resetAt: "stats_reset",
  columns: {
    datid: integer("OID", { required: true, hidden: true, about: "OID of the database" }),
    datname: text("DATABASE", { priority: 0, maxWidth: 24, about: "name of the database" }),
    datallowconn: bool("ALLOWCONN", { hidden: true, about: "it accepts connections" }),
    datistemplate: bool("TEMPLATE", { hidden: true, about: "others are copied from it" }),
    may_connect: bool("CONNECT", { hidden: true, about: "our role has the CONNECT privilege" }),
    numbackends: integer("CONNS", { priority: 1, about: "backends connected to it" }),
    counted: bool("COUNTED", {
      hidden: true,
      about: "track_counts is on for every role and database; otherwise rates and counts are unknown",
    }),
    xact_commit: perSecond("COMMIT/s", { priority: 1, about: "transactions committed" }),
    xact_rollback: perSecond("ROLLB/s", { priority: 1, about: "transactions rolled back" }),
    hit_ratio: percent("HIT%", {
      priority: 2,
      about: "blks_hit of blks_hit + blks_read, since stats_reset",
    }),
    blks_read: perSecond("READ/s", { priority: 3, about: "buffers read from the kernel" }),
    blks_hit: perSecond("HIT/s", { priority: 7, about: "buffers found in shared_buffers" }),
    tup_returned: perSecond("RETURN/s", { priority: 6, about: "rows read by scans" }),
    tup_fetched: perSecond("FETCH/s", { priority: 6, about: "rows fetched by index scans" }),
    tup_inserted: perSecond("INSERT/s", { priority: 4, about: "rows inserted" }),
    tup_updated: perSecond("UPDATE/s", { priority: 4, about: "rows updated" }),
    tup_deleted: perSecond("DELETE/s", { priority: 4, about: "rows deleted" }),
    temp_bytes: perSecond("TEMP B/s", { priority: 3, about: "bytes written to temporary files" }),
    deadlocks: tally("DEADLOCKS", { priority: 2, about: "deadlocks detected since stats_reset" }),
    conflicts: tally("CONFLICTS", {
      priority: 3,
      about: "queries canceled by conflicts with recovery since stats_reset, on a standby",
    }),
    xid_age: count("XID AGE", {
      priority: 1,
      about: "age(datfrozenxid): transactions since the oldest unfrozen one; no writes at 2.1 G",
      // vacuum_failsafe_age is 1.6 G: from there VACUUM itself drops everything but freezing.
      severity: above(1_000_000_000, 1_600_000_000),
    }),
    mxid_age: count("MXID AGE", {
      priority: 5,
      about: "mxid_age(datminmxid): multixacts since the oldest one; no writes at 2.1 G",
      severity: above(1_000_000_000, 1_600_000_000),
    }),
    subscriptions: count("SUBSCRIPTIONS", {
      required: true,
      hidden: true,
      about: "subscriptions in it; 0 on a standby, which applies none",
    }),
    checksum_failures: count("CHECKSUM", {
      priority: 1,
      since: 120000,
      about: "data page checksum failures since stats_reset; unknown when checksums are off",
      severity: above(1, 1),
    }),
    stats_reset: epoch("RESET", { priority: 8, maxWidth: 20, about: "when the counters began" }),
  },
  sql: {
    100000: statement(""),
    120000: statement("case when kept.counted then s.checksum_failures end as checksum_failures,"),
  },
});

export type DatabaseStatistics = RowOf<typeof databases>;

/** A database that is asked for views of each database; `refused` is what it would answer a login, known without one. */
export type AskedDatabase = { readonly name: string; readonly refused: Sample | null };

/**
 * Databases by name, without templates, which nobody can copy while we are in them. The one that our sessions are in
 * anyway is always there.
 */
export function askedDatabases(
  rows: readonly Row[],
  { database, sessionUser }: Pick<ServerFacts, "database" | "sessionUser">,
): readonly AskedDatabase[] {
  const others = (rows as readonly DatabaseStatistics[]).flatMap((row): AskedDatabase[] => {
    const { datname, datistemplate, datallowconn, may_connect } = row;
    if (datname === null || datistemplate !== false || datname === database) return [];
    if (datallowconn === false)
      return [
        { name: datname, refused: { state: "notApplicable", why: "accepts no connections (datallowconn)" } },
      ];
    return [{ name: datname, refused: may_connect === false ? refusal(datname, sessionUser) : null }];
  });
  return [...others, { name: database, refused: null }].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function refusal(database: string, role: string): Sample {
  const message = `permission denied for database ${quoteIdentifier(database)}`;
  const detail = `GRANT CONNECT ON DATABASE ${quoteIdentifier(database)} TO ${quoteIdentifier(role)}`;
  return failedSample({ ...nodeError("privilege", message), sqlstate: "42501", detail }, undefined);
}
