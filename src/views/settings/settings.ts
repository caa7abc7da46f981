import { bool, integer, text } from "../columns.ts";
import { defineView, type Row } from "../view.ts";
import { hiddenBySession, withoutSecrets } from "./setting-sql.ts";
import { settingValue, valueWithUnit } from "./units.ts";
import { joinedLines, unreadIn, waiting, waitingColumns } from "./waiting.ts";

/** Whether nobody set it. A session that sets it hides the source of the server's value: the defaults of these three are reckoned. */
const isDefault = `(s.source = 'default'
    or s.source = 'session' and s.name in ('client_encoding', 'max_stack_depth', 'timezone_abbreviations'))`;

/** What waits for a restart comes first, then what somebody set. */
const statement = `
select s.name, s.unit, s.category, s.context, s.vartype, s.pending_restart, s.short_desc, s.sourcefile, s.sourceline,
  own.reset_val, own.boot_val, ${valueWithUnit("own.reset_val", "s.unit")} as value,
  ${valueWithUnit("own.boot_val", "s.unit")} as boot_value, s.sourcefile || ':' || s.sourceline as place,
  case when own.hidden then null
    when s.source <> 'session' then s.source
    when s.reset_val is not distinct from s.boot_val then 'default' end as source,
  own.hidden as of_session, ${waiting("own.boot_val")},
  case when s.pending_restart then 0
    when not own.hidden and s.reset_val is distinct from s.boot_val and not ${isDefault}
      and s.context <> 'internal' then 1
    when own.hidden then 3 else 2 end as rank
from pg_catalog.pg_settings as s
cross join lateral (select ${hiddenBySession} as hidden) as held
cross join lateral (
  select held.hidden, case when not held.hidden then ${withoutSecrets("s.name", "s.reset_val")} end as reset_val,
    ${withoutSecrets("s.name", "s.boot_val")} as boot_val
) as own${joinedLines}
order by s.category, s.name`;

/** Every setting of the server with its value, whatever our own session sets for itself. */
export const settings = defineView({
  name: "settings",
  title: "Settings",
  section: "settings",
  source: "pg_settings",
  scope: "server",
  runsOn: "any",
  everyMs: 60_000,
  withoutAllSettings: "settings that only superusers may read are left out, and files and lines are unknown",
  unknownIn,
  rowKey: ["name"],
  sortBy: "rank",
  isQuiet: ({ rank }) => rank === 2 || rank === 3,
  isCause: ({ pending_restart }) => pending_restart === true,
  columns: {
    name: text("SETTING", { required: true, priority: 0, maxWidth: 44, about: "name of the setting" }),
    value: settingValue("VALUE", {
      priority: 0,
      maxWidth: 40,
      about:
        "reset_val with its unit as SHOW prints it: what the server has, not our session; empty where that is unknown",
    }),
    pending_restart: bool("RESTART", {
      priority: 1,
      about: "it was changed in a file and waits for a restart",
      severity: (pending) => (pending ? "warning" : "ok"),
    }),
    pending_value: waitingColumns.pending_value,
    boot_value: settingValue("DEFAULT", {
      priority: 2,
      maxWidth: 24,
      about: "boot_val with its unit: the value at the start where nothing else sets it",
    }),
    source: text("SOURCE", {
      priority: 1,
      maxWidth: 20,
      about: "where the value comes from: default, configuration file, command line, override",
    }),
    place: text("FILE", {
      priority: 3,
      maxWidth: 60,
      about: "sourcefile:sourceline; unknown without pg_read_all_settings",
    }),
    context: text("CONTEXT", {
      priority: 4,
      maxWidth: 18,
      about: "what a change needs: postmaster a restart, sighup a reload, superuser or user no more than SET",
    }),
    category: text("CATEGORY", { priority: 5, maxWidth: 40, about: "its group in the documentation" }),
    short_desc: text("WHAT", { priority: 4, maxWidth: 80, about: "the server's own description" }),
    reset_val: text("RESET VALUE", {
      hidden: true,
      about: "the value that RESET gives, in `unit`; (hidden) where it may hold a password",
    }),
    boot_val: text("BOOT VALUE", { hidden: true, about: "the value at the start, in `unit`" }),
    unit: text("UNIT", { hidden: true, about: "unit of reset_val and boot_val" }),
    vartype: text("TYPE", { required: true, hidden: true, about: "bool, enum, integer, real or string" }),
    sourcefile: text("SOURCE FILE", { hidden: true, about: "the file that sets it" }),
    sourceline: integer("SOURCE LINE", { hidden: true, about: "the line in that file" }),
    needs: waitingColumns.needs,
    of_session: bool("OF SESSION", {
      required: true,
      hidden: true,
      about: "our session sets it for itself, so that the server's own value is unknown",
    }),
    rank: integer("ORDER", {
      required: true,
      hidden: true,
      internal: true,
      about: "0 waits for a restart, 1 differs from the default, 2 does not, 3 is unknown",
    }),
  },
  sql: { 100000: statement },
});

function unknownIn(rows: readonly Row[]): string[] {
  const { length } = rows.filter(({ of_session }) => of_session === true);
  const ofSession = `${length} settings are set by our own session: what the server has for them is unknown`;
  return [...unreadIn(rows), ...(length === 0 ? [] : [ofSession])];
}
