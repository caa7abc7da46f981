import { sleep } from "../../schedule.ts";
import type { Incident } from "./incident.ts";

/** Few, so that they are used up soon; monitoring has slots of its own, as on a server that is well kept. */
const settings = { max_connections: "50", superuser_reserved_connections: "3", reserved_connections: "5" };
const ordinarySlots = 50 - 3 - 5;

/** So many are left, with which an ordinary client still gets in. */
const leftFree = 1;

/** Slow enough that the rise is seen. */
const pauseMs = 150;

/** On reports an application takes a connection for each request and forgets to give it back, until hardly one is left. */
export const connections: Incident = {
  settings: { reports: settings },
  async stage(stage) {
    const server = stage.server("reports");
    await server.query("grant pg_use_reserved_connections to monitor");
    const used =
      "select count(*)::int4 as used from pg_catalog.pg_stat_activity where backend_type = 'client backend'";
    for (;;) {
      const [row] = await server.query<{ used: number }>(used);
      // The session that counts takes a slot too, but only while it counts.
      const free = ordinarySlots - (row?.used ?? 0) + 1 - leftFree;
      if (free <= 0) return;
      for (let more = 0; more < free; more += 1) {
        const leaked = await stage.session("reports", { user: "web", application: "report-api" });
        await leaked.run(["select 1"]);
        await sleep(pauseMs, stage.closing);
      }
    }
  },
};
