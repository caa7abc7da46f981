import { integer, type Severity, text } from "../columns.ts";
import { defineView, type Row } from "../view.ts";
import { held, isUsers, most } from "./held.ts";

const modeOf = (letter: string) =>
  `case ${letter} when 'D' then 'disabled' when 'R' then 'replica' when 'A' then 'always' end`;

/**
 * A foreign key has two triggers on each of its tables: those of one table and mode are one row. To print the definition of
 * a trigger takes a lock on its table, and of a rule one on each table that it is about.
 */
const statement = `
with ${held}, found as (
  select case when t.tgisinternal then 'foreign key' when t.tgconstraint <> 0 then 'constraint trigger' else 'trigger' end as kind,
    case when t.tgisinternal then t.tgconstraint else t.oid end as objid, t.tgrelid as relid,
    case when t.tgisinternal then o.conname else t.tgname end as name, t.tgenabled as letter,
    case when t.tgisinternal then null else p.proname end as proname, t.tgisinternal and t.tgrelid <> o.conrelid as is_referenced,
    null::text as shared
  from pg_catalog.pg_trigger as t
  join pg_catalog.pg_proc as p on p.oid = t.tgfoid
  left join pg_catalog.pg_constraint as o on o.oid = t.tgconstraint
  where t.tgenabled <> 'O' and (not t.tgisinternal or o.contype = 'f')
  union
  select 'rule', r.oid, r.ev_class, r.rulename, r.ev_enabled, null, false, null
  from pg_catalog.pg_rewrite as r where r.ev_enabled <> 'O'
), named as (
  select f.kind, f.objid, f.relid, f.name, f.letter, f.proname, f.is_referenced, n.nspname, c.relname
  from found as f
  join pg_catalog.pg_class as c on c.oid = f.relid
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
  where ${isUsers("n")}
  union all
  select 'event trigger', e.oid, 0, e.evtname, e.evtenabled, p.proname, false, null, null
  from pg_catalog.pg_event_trigger as e
  join pg_catalog.pg_proc as p on p.oid = e.evtfoid
  where e.evtenabled <> 'O'
)
select
  f.kind, f.objid, f.relid, f.nspname::text as schemaname, f.relname::text as relname, f.name::text as name,
  ${modeOf("f.letter")} as mode, f.proname::text as function, pg_catalog.count(*) over () as triggers,
  case
    when f.kind = 'foreign key' and f.letter = 'D' and f.is_referenced then 'rows that are referenced can be deleted or changed'
    when f.kind = 'foreign key' and f.letter = 'D' then 'rows that reference nothing can be written'
    when f.kind = 'foreign key' and f.letter = 'R' then 'checked for replicated changes only'
    when f.letter = 'D' then 'never runs'
    when f.letter = 'R' then 'runs for replicated changes only (session_replication_role)'
    when f.letter = 'A' then 'runs for replicated changes too (session_replication_role)'
  end as effect,
  case f.letter when 'A' then 3 when 'R' then 2 else case when f.kind = 'foreign key' then 0 else 1 end end as rank,
  case
    when f.kind = 'foreign key' then pg_catalog.pg_get_constraintdef(f.objid)
    when f.kind in ('trigger', 'constraint trigger') and f.relid not in (select h.relation from held as h)
      then pg_catalog.pg_get_triggerdef(f.objid)
    when f.kind = 'rule' and not exists (select from held as h) then pg_catalog.pg_get_ruledef(f.objid)
  end as definition
from named as f
order by rank, f.nspname, f.relname, f.name, f.relid
limit ${most}`;

const severityOf = (mode: string, { kind }: Row): Severity => {
  if (mode === "always") return "ok";
  if (kind === "foreign key") return mode === "disabled" ? "critical" : "warning";
  return mode === "disabled" ? "warning" : "ok";
};

/** Triggers and rules of every database that do not run as they usually do: disabled, or by session_replication_role. */
export const triggers = defineView({
  name: "triggers",
  title: "Disabled triggers",
  section: "storage",
  source: "pg_trigger, pg_rewrite, pg_event_trigger, pg_constraint",
  scope: "database",
  runsOn: "any",
  everyMs: 60_000,
  rowKey: ["kind", "objid", "relid", "mode"],
  rowName: "name",
  sortBy: "rank",
  none: "no trigger or rule is disabled, nor in replica or always mode",
  unknownIn: (rows: readonly Row[]) => {
    const cut = rows.flatMap(({ database, triggers: known }) =>
      Number(known) > most ? `${database}: ${most} of ${known} triggers and rules are shown` : [],
    );
    return [...new Set(cut)];
  },
  columns: {
    kind: text("KIND", {
      required: true,
      priority: 1,
      about:
        "trigger, constraint trigger, rule, event trigger, or foreign key: the triggers of one, which ALTER TABLE … DISABLE TRIGGER ALL disables too",
    }),
    objid: integer("OID", { required: true, hidden: true, about: "OID of it, or of the foreign key" }),
    relid: integer("TABLE OID", {
      required: true,
      hidden: true,
      about: "OID of its table; 0 for an event trigger",
    }),
    schemaname: text("SCHEMA", { priority: 3, maxWidth: 16, about: "schema of its table" }),
    relname: text("TABLE", { priority: 0, maxWidth: 28, about: "its table; none for an event trigger" }),
    name: text("NAME", { required: true, priority: 0, maxWidth: 32, about: "its name" }),
    mode: text("MODE", {
      required: true,
      priority: 0,
      about:
        "disabled; replica and always: by session_replication_role, which what applies replicated changes sets",
      severity: severityOf,
    }),
    effect: text("EFFECT", { priority: 1, about: "what that means" }),
    function: text("FUNCTION", { priority: 4, maxWidth: 28, about: "what a trigger runs" }),
    triggers: integer("TRIGGERS", {
      required: true,
      hidden: true,
      about: `how many there are in the database; ${most} are shown`,
    }),
    rank: integer("rank", {
      required: true,
      hidden: true,
      internal: true,
      about: "what hurts most comes first",
    }),
    definition: text("DEFINITION", {
      hidden: true,
      about: "unknown while the table is locked in ACCESS EXCLUSIVE mode; of a rule, while any is",
    }),
  },
  sql: { 100000: statement },
});
