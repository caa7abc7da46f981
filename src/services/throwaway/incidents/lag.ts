import { sleeps } from "./conditions.ts";
import type { Incident } from "./incident.ts";
import { beyondTheDemo } from "./staged-session.ts";

/**
 * billing-2 waits for ever for those who read on it (max_standby_streaming_delay = -1). A long report reads a table
 * that is altered on the primary: replay stops there, and the standby falls behind although it receives everything.
 */
export const lag: Incident = {
  async stage(stage) {
    const standby = stage.server("billing-2");
    await standby.query("alter system set max_standby_streaming_delay = '-1'");
    await standby.query("select pg_catalog.pg_reload_conf()");
    const release = await stage.session("billing-1", { user: "deploy", application: "release-billing" });
    await release.run(
      ["create table discounts (customer integer primary key, percent integer not null)"],
      ["grant select on discounts to app"],
      ["insert into discounts select n, 5 + n % 20 from generate_series(1, 500) n"],
    );
    await stage.until(
      "billing-2",
      "select pg_catalog.to_regclass('public.discounts') is not null",
      "billing",
    );
    const report = await stage.session("billing-2", { user: "reporting", application: "metabase" });
    report.send(
      `select percent, count(*) from discounts
  cross join (select pg_sleep($1)) as slow_disk group by percent order by 1`,
      beyondTheDemo,
    );
    await stage.until("billing-2", sleeps(report.pid));
    await release.run(["alter table discounts add column valid_until date"]);
  },
};
