import { bool, text } from "../columns.ts";
import { defineView, type Row } from "../view.ts";
import { hiddenBySession, withoutSecrets } from "./setting-sql.ts";
import { settingValue, valueWithUnit } from "./units.ts";

/** Some sixty of the 350 settings of a server: the others are what the server was built with, or fixed. */
const statement = `
select s.name, s.pending_restart, held.hidden as of_session,
  case when not held.hidden then ${valueWithUnit(withoutSecrets("s.name", "s.reset_val"), "s.unit")} end as value,
  ${valueWithUnit(withoutSecrets("s.name", "s.boot_val"), "s.unit")} as boot_value
from pg_catalog.pg_settings as s
cross join lateral (select ${hiddenBySession} as hidden) as held
where s.context <> 'internal'
  and (s.pending_restart or held.hidden or s.reset_val is distinct from s.boot_val)`;

/** The settings of a server that are not at their default, for the rules that compare them. */
export const settingValues = defineView({
  name: "setting_values",
  title: "Changed settings",
  section: "settings",
  source: "pg_settings",
  scope: "server",
  runsOn: "any",
  tab: false,
  everyMs: 60_000,
  withoutAllSettings: "settings that only superusers may read are left out",
  rowKey: ["name"],
  sortBy: "name",
  columns: {
    name: text("SETTING", { required: true, priority: 0, about: "a setting that is not at its default" }),
    value: settingValue("VALUE", {
      priority: 0,
      maxWidth: 60,
      about: "reset_val with its unit; empty where our session hides what the server has",
    }),
    boot_value: settingValue("DEFAULT", { priority: 1, maxWidth: 40, about: "boot_val with its unit" }),
    pending_restart: bool("RESTART", {
      required: true,
      priority: 1,
      about: "it was changed in a file and waits for a restart",
    }),
    of_session: bool("OF SESSION", {
      required: true,
      hidden: true,
      about: "our session sets it for itself, so that the server's own value is unknown",
    }),
  },
  sql: { 100000: statement },
});

/** The value of a setting by the rows of one server, or by those of another of its major where it is at the default here. */
export function valueIn(
  rows: ReadonlyMap<string, Row>,
  others: Row | undefined,
  name: string,
): string | null {
  const own = rows.get(name);
  const value = own ? (own["of_session"] === true ? null : own["value"]) : others?.["boot_value"];
  return typeof value === "string" ? value : null;
}
