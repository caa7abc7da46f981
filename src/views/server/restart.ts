import { text } from "../columns.ts";
import { withoutSecrets } from "../settings/setting-sql.ts";
import { settingValue, valueWithUnit } from "../settings/units.ts";
import { joinedLines, unreadIn, waiting, waitingColumns } from "../settings/waiting.ts";
import { defineView } from "../view.ts";

const statement = `
select s.name, own.setting, s.unit, ${valueWithUnit("own.setting", "s.unit")} as value, ${waiting("own.boot_val")},
  s.sourcefile, s.short_desc
from pg_catalog.pg_settings as s
cross join lateral (
  select ${withoutSecrets("s.name", "s.setting")} as setting, ${withoutSecrets("s.name", "s.boot_val")} as boot_val
) as own${joinedLines}
where s.pending_restart`;

/** Settings that were changed in a file and count from the next restart on. */
export const restart = defineView({
  name: "restart",
  title: "Restart",
  section: "server",
  source: "pg_settings",
  scope: "server",
  runsOn: "any",
  withoutAllSettings: "settings that only superusers may read are left out",
  unknownIn: unreadIn,
  none: "no setting waits for a restart",
  rowKey: ["name"],
  sortBy: "name",
  columns: {
    name: text("SETTING", {
      required: true,
      priority: 0,
      maxWidth: 44,
      about: "a setting that waits for a restart",
    }),
    value: settingValue("VALUE", {
      priority: 0,
      maxWidth: 40,
      about: "the value in force, with its unit as SHOW prints it",
    }),
    ...waitingColumns,
    sourcefile: text("IN FORCE FROM", { priority: 4, maxWidth: 60, about: "the file of the value in force" }),
    short_desc: text("WHAT", { priority: 3, maxWidth: 60, about: "the server's own description" }),
    setting: text("SETTING VALUE", { hidden: true, about: "the value in force, in `unit`" }),
    unit: text("UNIT", { hidden: true, about: "unit of that value" }),
  },
  sql: { 100000: statement },
});
