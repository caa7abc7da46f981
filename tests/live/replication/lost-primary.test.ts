import { expect, test } from "bun:test";
import { standingDemand } from "../../../src/rules/all.ts";
import { createServer } from "../../../src/services/throwaway/create-server.ts";
import { startStandby } from "../../../src/services/throwaway/create-standby.ts";
import { openScratch } from "../../../src/services/throwaway/scratch.ts";
import { isUp } from "../../../src/stats/health.ts";
import { binariesOf, installMajors } from "../../support/servers/majors.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { until } from "../../support/servers/servers.ts";
import { watch } from "../../support/servers/watched.ts";

const { found } = await installMajors();

test("a lag from before the first look does not shrink when the primary is lost", async () => {
  await using scratch = Object.assign(await openScratch("test", binariesOf(Math.max(...found))), {
    [Symbol.asyncDispose]() {
      return scratch.destroy();
    },
  });
  const bootstrap = ["create role monitor login in role pg_monitor"];
  const primary = await createServer(scratch, { name: "primary", bootstrap });
  await primary.start();
  const settings = { wal_receiver_status_interval: "1s" };
  const standby = await startStandby(primary, { name: "standby", settings });
  await primary.query("create table public.seen (a int)");
  await until(
    async () => (await standby.query("select pg_catalog.to_regclass('seen') as r"))[0]?.["r"] != null,
  );
  await standby.query("select pg_catalog.pg_wal_replay_pause()");
  for (let at = 0; at < 12; at++) {
    await primary.query("insert into public.seen values (1)");
    await Bun.sleep(500);
  }
  const standing = standingDemand().map((one) => ({ ...one, everyMs: one.everyMs / 100 }));
  await using watched = watch([nodeSettings(primary), nodeSettings(standby)], { refreshMs: 250, standing });
  const lag = () => watched.node("standby").lag;
  const seconds = () => lag()?.seconds ?? 0;
  await until(() => lag()?.source === "primary" && seconds() > 5);
  const before = seconds();
  await primary.stop("immediate");
  await until(() => !isUp(watched.node("primary").health));
  expect(seconds()).toBeGreaterThan(before - 1.5);
  await until(() => seconds() > before + 2);
}, 60_000);
