import { text } from "../columns.ts";
import { withoutSecrets } from "../settings/setting-sql.ts";
import { defineView } from "../view.ts";

const statement = `
select s.name, ${withoutSecrets("s.name", "s.setting")} as setting, s.unit, s.sourcefile, s.short_desc
from pg_catalog.pg_settings as s where s.pending_restart`;

/** Settings that were changed in a file and count from the next restart on. */
export const restart = defineView({
  name: "restart",
  title: "Restart",
  section: "server",
  source: "pg_settings",
  scope: "server",
  runsOn: "any",
  withoutAllSettings: "settings that only superusers may read are left out",
  none: "no setting waits for a restart",
  rowKey: ["name"],
  sortBy: "name",
  columns: {
    name: text("SETTING", { required: true, priority: 0, about: "a setting that waits for a restart" }),
    setting: text("VALUE", { priority: 1, maxWidth: 40, about: "the value in force" }),
    unit: text("UNIT", { priority: 2, about: "unit of the value" }),
    sourcefile: text("FILE", { priority: 4, maxWidth: 60, about: "the file of the value in force" }),
    short_desc: text("WHAT", { priority: 3, maxWidth: 60, about: "the server's own description" }),
  },
  sql: { 100000: statement },
});
