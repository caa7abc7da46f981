import { above, bool, count, integer, percent, perSecond, text } from "../columns.ts";
import { defineView, type Row } from "../view.ts";
import { grantsIn, here, isUsers, most, readingGrant } from "./held.ts";

/** Locks that nextval() waits for, and whoever looks at the value. ALTER SEQUENCE has one of them. */
const heldModes = "'ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock'";

/**
 * A sequence with the columns that it belongs to or is the default of; the one of the smallest type is full first. Of what
 * depends on a column most is indexes: they are left out before their columns are looked for. Each value is in a file of its
 * own: those are read that have the least room. A value that was never taken is null. The room is less than a step at the end.
 */
const statement = (has14: boolean) => `
with held as (
  select l.relation from pg_catalog.pg_locks as l
  where l.mode in (${heldModes}) and l.relation is not null and l.database = ${here}
), users as (
  select d.objid as seqrelid, d.refobjid as attrelid, d.refobjsubid as attnum, 0 as rank
  from pg_catalog.pg_depend as d
  join pg_catalog.pg_sequence as s on s.seqrelid = d.objid
  where d.classid = 'pg_catalog.pg_class'::regclass and d.refclassid = 'pg_catalog.pg_class'::regclass
    and d.deptype in ('a', 'i') and d.refobjsubid > 0
  union all
  select d.refobjid, a.adrelid, a.adnum, 1
  from pg_catalog.pg_depend as d
  join pg_catalog.pg_attrdef as a on a.oid = d.objid
  where d.classid = 'pg_catalog.pg_attrdef'::regclass and d.refclassid = 'pg_catalog.pg_class'::regclass and d.deptype = 'n'
), used as (
  select distinct on (s.seqrelid) s.seqrelid, u.attrelid, u.attnum, a.attname, a.atttypid, y.highest
  from pg_catalog.pg_sequence as s
  join users as u on u.seqrelid = s.seqrelid
  join pg_catalog.pg_attribute as a on a.attrelid = u.attrelid and a.attnum = u.attnum
  join (
    select t.oid, case coalesce(nullif(t.typbasetype, 0), t.oid)
      when 'pg_catalog.int2'::regtype then 32767 when 'pg_catalog.int4'::regtype then 2147483647 end as highest
    from pg_catalog.pg_type as t
  ) as y on y.oid = a.atttypid
  order by s.seqrelid, y.highest nulls last, u.rank, u.attrelid, u.attnum
), bounded as (
  select s.seqrelid, n.nspname, c.relname, c.relpersistence, s.seqtypid, s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcycle,
    u.attrelid, u.attname, u.atttypid,
    case when s.seqincrement < 0 then greatest(s.seqmin, -u.highest - 1) else s.seqmin end as low,
    case when s.seqincrement < 0 then s.seqmax else least(s.seqmax, u.highest) end as high,
    case when s.seqincrement < 0 then s.seqmin < -u.highest - 1 else s.seqmax > u.highest end as by_column,
    pg_catalog.count(*) over () as sequences
  from pg_catalog.pg_sequence as s
  join pg_catalog.pg_class as c on c.oid = s.seqrelid
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
  left join used as u on u.seqrelid = s.seqrelid
  where ${isUsers("n")} and c.relpersistence <> 't'
), tightest as (
  select b.seqrelid, b.nspname, b.relname, b.relpersistence, b.seqtypid, b.seqstart, b.seqincrement, b.seqmin, b.seqmax, b.seqcycle, b.sequences,
    b.attrelid, b.attname, b.atttypid, b.low, b.high, coalesce(b.by_column, false) as by_column
  from bounded as b
  order by b.high::numeric - b.low, b.seqrelid
  limit ${most}
)
select
  b.seqrelid, b.nspname::text as schemaname, b.relname::text as sequencename, b.sequences, why.unread,
  pg_catalog.format_type(b.seqtypid, null) as data_type, b.seqcycle as cycle, b.seqincrement as increment_by,
  b.seqmin as min_value, b.seqmax as max_value, v.last_value,
  (case when b.seqincrement < 0 then b.low else b.high end)::int8 as limit_value,
  case when b.by_column then 'column' else 'sequence' end as limited_by,
  case when b.attname is not null then owner.nspname || '.' || t.relname || '.' || b.attname end as owned_by,
  pg_catalog.format_type(b.atttypid, null) as column_type,
  case
    when why.unread is null and room.steps = 0 and (b.by_column or not b.seqcycle) then 100
    when why.unread is null then
      greatest(0, least(100, 100 * room.taken / nullif(b.high::numeric - b.low + 1, 0))) end::float8 as used,
  case when why.unread is null then least(room.steps, 9223372036854775807)::int8 end as left_values,
  case when why.unread is null then
    least(greatest(0, pg_catalog.div(room.taken, pg_catalog.abs(b.seqincrement))), 9223372036854775807)::int8 end as taken,
  case when why.unread = 'privilege' then ${readingGrant(has14, "SEQUENCES", "b.nspname")} end as needs
from tightest as b
left join pg_catalog.pg_class as t on t.oid = b.attrelid
left join pg_catalog.pg_namespace as owner on owner.oid = t.relnamespace
cross join lateral (
  select case
    when not pg_catalog.has_sequence_privilege(b.seqrelid, 'SELECT, USAGE') then 'privilege'
    when b.seqrelid in (select h.relation from held as h) then 'locked'
    when b.relpersistence = 'u' and pg_catalog.pg_is_in_recovery() then 'unlogged'
  end as unread
) as why
left join lateral (
  select case when why.unread is null then pg_catalog.pg_sequence_last_value(b.seqrelid) end as last_value
) as v on true
cross join lateral (
  select case when v.last_value is null then 0
    when b.seqincrement < 0 then b.high::numeric - v.last_value + 1 else v.last_value::numeric - b.low + 1 end as taken,
  greatest(0, pg_catalog.floor(
    case when b.seqincrement < 0 then coalesce(v.last_value, b.seqstart)::numeric - b.low
      else b.high::numeric - coalesce(v.last_value, b.seqstart) end / pg_catalog.abs(b.seqincrement::numeric)
  ) + case when v.last_value is null then 1 else 0 end) as steps
) as room`;

/** Sequences of every database, those that are full first. */
export const sequences = defineView({
  name: "sequences",
  title: "Sequences",
  section: "storage",
  source: "pg_sequence, pg_sequences, pg_depend, pg_attribute",
  scope: "database",
  runsOn: "any",
  everyMs: 60_000,
  rowKey: ["seqrelid"],
  rowName: "sequencename",
  sortBy: "-used",
  none: "no sequences",
  unknownIn,
  columns: {
    seqrelid: integer("OID", { required: true, hidden: true, about: "OID of the sequence" }),
    schemaname: text("SCHEMA", { required: true, priority: 3, maxWidth: 16, about: "its schema" }),
    sequencename: text("SEQUENCE", { required: true, priority: 0, maxWidth: 32, about: "its name" }),
    sequences: integer("SEQUENCES", {
      required: true,
      hidden: true,
      about: `sequences of the database; the ${most} with the fewest values are shown`,
    }),
    used: percent("USED%", {
      priority: 0,
      about:
        "how much of the way to limit_value is gone, and all of it where less than a step is left. There nextval() fails, and so does INSERT, unless the sequence cycles",
      severity: (used, { cycle, limited_by }) =>
        cycle === true && limited_by === "sequence" ? "ok" : above(80, 95)(used),
    }),
    left_values: count("LEFT", {
      priority: 1,
      about: "values that it can still give: whole steps of its increment",
    }),
    taken: perSecond("TAKEN/s", {
      priority: 1,
      about: "values taken; by steps of cache_size where sessions cache them, and of 32 on a standby",
    }),
    last_value: text("LAST VALUE", {
      priority: 2,
      about:
        "last_value; empty where none was taken; unknown without USAGE or SELECT and while ALTER SEQUENCE has it",
    }),
    limit_value: text("LIMIT", {
      priority: 2,
      about: "max_value, min_value of one that falls, or the highest value of the column where that is less",
    }),
    limited_by: text("LIMITED BY", {
      priority: 2,
      about: "sequence, or column: a smallint or integer column is full before its bigint sequence",
    }),
    cycle: bool("CYCLE", { priority: 2, about: "at its limit it begins anew" }),
    owned_by: text("COLUMN", {
      priority: 1,
      maxWidth: 40,
      about: "the column that it is owned by or the default of; of several the one of the smallest type",
    }),
    column_type: text("COLUMN TYPE", { priority: 4, maxWidth: 16, about: "the type of that column" }),
    data_type: text("TYPE", { priority: 4, about: "smallint, integer or bigint" }),
    increment_by: text("INCREMENT", { hidden: true, about: "what each value adds" }),
    min_value: text("MIN", { hidden: true, about: "lowest value of the sequence" }),
    max_value: text("MAX", { hidden: true, about: "highest value of the sequence" }),
    unread: text("UNREAD", {
      hidden: true,
      about: "why its value is unknown: privilege, locked, or unlogged on a standby",
    }),
    needs: text("NEEDS", { hidden: true, about: "the GRANT without which its value is unknown" }),
  },
  sql: { 100000: statement(false), 140000: statement(true) },
});

function unknownIn(rows: readonly Row[]): string[] {
  const cut = rows.flatMap(({ database, sequences: known }) =>
    Number(known) > most
      ? `${database}: of ${known} sequences the ${most} with the fewest values are shown`
      : [],
  );
  const unread = (why: string) => rows.filter((row) => row["unread"] === why);
  const ungranted = unread("privilege");
  const names = (why: string) => unread(why).map(({ sequencename }) => sequencename);
  return [
    ...new Set(cut),
    ...(ungranted.length > 0
      ? [`values of sequences are unknown without USAGE or SELECT: ${grantsIn(ungranted)}`]
      : []),
    ...(unread("locked").length > 0 ? [`locked, and not read: ${names("locked").join(", ")}`] : []),
    ...(unread("unlogged").length > 0 ? ["values of unlogged sequences are unknown on a standby"] : []),
  ];
}
