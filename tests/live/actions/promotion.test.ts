import { expect, test } from "bun:test";
import { operating } from "../../support/actions/operating.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";

const servers = serversForTests({ settings: { max_standby_streaming_delay: "0", autovacuum: "off" } });

test("a promotion that cancels the session that waits for it is not told as one that was not done", async () => {
  const { primary, standbys } = await servers.cluster("conflicting");
  const [standby] = standbys;
  if (!standby) throw new Error("no standby");
  const settings = [primary, standby].map((server) =>
    nodeSettings(server, { connection: { user: "postgres" }, actions: "all" }),
  );
  await using user = await operating(settings);
  await primary.query("create table public.rows as select from pg_catalog.generate_series(1, 10000)");
  await until(async () => {
    const [seen] = await standby.query("select pg_catalog.to_regclass('public.rows') as at");
    return seen?.["at"] !== null;
  });
  await standby.query("select pg_catalog.pg_wal_replay_pause()");
  await until(() => user.watched.node(standby.name).pulse?.replay_paused === true);
  // What is replayed once the promotion ends the pause removes rows that its session may need.
  await primary.query("delete from public.rows");
  await primary.query("vacuum public.rows");
  await until(() => (user.watched.node(standby.name).lag?.bytes ?? 0n) > 100_000n);
  const planned = user.plan("promote-anyway", standby.name);
  expect(planned.ok && planned.plan.about[0]?.[1]).toEndWith("; replay is paused, which a promotion ends");
  const outcome = await user.run("promote-anyway", standby.name);
  expect(outcome).toMatchObject({ kind: "failed", isUnsure: true, error: { sqlstate: "40001" } });
  await until(() => user.watched.node(standby.name).facts?.inRecovery === false);
});
