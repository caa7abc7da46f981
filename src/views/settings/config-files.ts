import { bool, integer, type Severity, text } from "../columns.ts";
import { defineView, type Row } from "../view.ts";
import { withoutSecrets } from "./setting-sql.ts";

const called = "pg_catalog.pg_show_all_file_settings()";

/** The messages are translated: that a value waits for a restart is known by its setting alone. */
const statement = `
select l.place, l.seqno, l.name, l.applied, l.error, l.sourcefile, l.sourceline, l.setting, l.state,
  case l.state when 'error' then 0 when 'restart' then 1 when 'blocked' then 2 when 'overridden' then 3 else 4 end as rank
from (
  select f.sourcefile || ':' || f.sourceline as place, f.seqno, f.name, f.applied, f.error, f.sourcefile, f.sourceline,
    ${withoutSecrets("f.name", "f.setting")} as setting,
    case when f.applied then 'applied'
      when f.error is null then
        case when f.seqno < pg_catalog.max(f.seqno) over (partition by f.name) then 'overridden' else 'blocked' end
      when (select s.pending_restart from pg_catalog.pg_settings as s where s.name = f.name) then 'restart'
      else 'error' end as state
  from ${called} as f
) as l
order by l.seqno`;

/** The lines of the configuration files as they are now: those with errors first, then what is not in force. */
export const configFiles = defineView({
  name: "config_files",
  title: "Configuration files",
  section: "settings",
  source: "pg_file_settings",
  scope: "server",
  runsOn: "any",
  needsRights: { functions: [called] },
  everyMs: 60_000,
  rowKey: ["seqno"],
  rowName: "name",
  sortBy: "rank",
  none: "the configuration files set nothing",
  isQuiet: ({ state }) => state === "applied",
  isCause: ({ state }) => state === "error" || state === "restart",
  columns: {
    name: text("SETTING", {
      priority: 0,
      maxWidth: 44,
      about: "name of the setting; empty for a line that cannot be read",
    }),
    setting: text("VALUE", {
      priority: 0,
      maxWidth: 50,
      about: "the value as the line has it; (hidden) where it may hold a password",
    }),
    state: text("STATE", {
      required: true,
      priority: 0,
      about:
        "applied: it is in force from the next reload on; restart: only a restart applies it; blocked: not while another line has an error; overridden: a later line counts; error",
      severity: stateLevel,
    }),
    error: text("ERROR", {
      priority: 0,
      maxWidth: 60,
      about: "why the line is not applied: with a mistake in a file a reload applies nothing of it",
      severity: (_, row) => stateLevel(row["state"], row),
    }),
    place: text("FILE", { priority: 1, maxWidth: 60, about: "sourcefile:sourceline" }),
    applied: bool("APPLIED", { required: true, hidden: true, about: "the line can be applied, and counts" }),
    sourcefile: text("SOURCE FILE", { hidden: true, about: "the file" }),
    sourceline: integer("SOURCE LINE", { hidden: true, about: "the line in it" }),
    seqno: integer("NO", { required: true, hidden: true, about: "order in which the lines are read" }),
    rank: integer("ORDER", {
      required: true,
      hidden: true,
      internal: true,
      about: "0 error, 1 restart, 2 blocked, 3 overridden, 4 applied",
    }),
  },
  sql: { 100000: statement },
});

function stateLevel(state: unknown, _: Row): Severity {
  return state === "error" ? "critical" : state === "restart" || state === "blocked" ? "warning" : "ok";
}
