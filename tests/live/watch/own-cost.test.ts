import { expect, test } from "bun:test";
import { standingDemand } from "../../../src/rules/all.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { watch } from "../../support/servers/watched.ts";
import { slowReplication } from "../../support/slow-view.ts";

const servers = serversForTests();

test("what we cost a server is counted as the server counts it, and is unknown for a minute", async () => {
  const server = await servers.lone("counted", { bootstrap: ["create extension pg_stat_statements"] });
  const calls = async () => {
    const [row] = await server.query<{ calls: number }>(
      "select sum(calls)::int4 as calls from pg_stat_statements where userid = 'monitor'::regrole",
    );
    return row?.calls ?? 0;
  };
  await using watched = watch([nodeSettings(server)], { standing: standingDemand() });
  const cost = () => watched.node(server.name).ourCost;
  await until(() => watched.node(server.name).pulse);
  const [startMs, before] = [performance.now(), await calls()];
  expect(cost()).toMatchObject({ minute: null, sessions: 1 });
  const minute = await until(() => cost().minute, 120_000);
  const perMinute = ((await calls()) - before) / ((performance.now() - startMs) / 60_000);
  expect(minute.statements / perMinute).toBeWithin(0.8, 1.25);
  expect(minute.share).toBeWithin(0.00001, 0.5);
});

test("the dearest view is told with what it takes and how often it is asked", async () => {
  const server = await servers.lone("dear");
  await slowReplication(server, "perform pg_catalog.pg_sleep(0.3)");
  await using watched = watch([nodeSettings(server)]);
  watched.lookAt("replication");
  // What the first pulse took, which may be long on a busy machine, is no cost of a view.
  const dearest = await until(() => {
    const { dearest } = watched.node(server.name).ourCost;
    return dearest && dearest.tookMs > 250 ? dearest : null;
  });
  expect(dearest.view).toBe("replication");
  expect(dearest.everyMs).toBeGreaterThanOrEqual(3000);
});
