import { expect, test } from "bun:test";
import { makeTheme } from "../../../src/components/drawing/theme.ts";
import { factsOf } from "../../../src/components/screens/node-facts.ts";
import { sampleView } from "../../../src/services/watch/sampling.ts";
import { askedViews } from "../../../src/views/all.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { ourBackends, watch } from "../../support/servers/watched.ts";

const servers = serversForTests();
const theme = makeTheme("dark", { color: false, ascii: false });
const viewOptions = { idle: true, wholeText: true };

for (const place of ["primary", "standby"] as const)
  for (const user of ["monitor", "bare"] as const)
    test(`${user} on a ${place}: every view answers or says why, and a missing GRANT is named`, async () => {
      const { primary, standbys } = await servers.cluster();
      const server = place === "primary" ? primary : standbys[0];
      if (!server) throw new Error("the cluster has no standby");
      await using watched = watch([nodeSettings(server, { connection: { user } })]);
      await until(() => watched.node(server.name).pulseAtMs);
      expect(watched.node(server.name).health).toMatchObject({ state: "connected", error: null });
      for (const view of askedViews) {
        const sample = await sampleView(watched.manager, server.name, view, {
          viewOptions,
        });
        // Some rights no predefined role has: the refusal names them.
        const said =
          view.needsRights && (user === "bare" || sample.state === "failed")
            ? {
                state: "failed",
                error: { sqlstate: "42501", detail: expect.stringMatching(/^GRANT EXECUTE ON FUNCTION /) },
              }
            : { state: expect.stringMatching(/^(ok|notApplicable)$/) };
        expect({ view: view.name, sample }).toMatchObject({ view: view.name, sample: said });
      }
      const missing = factsOf(watched.node(server.name), theme).filter(
        ([label]) => label === "missing right",
      );
      expect<string[]>(missing.map(([, value]) => value)).toEqual(
        user === "bare" ? ["GRANT pg_monitor TO bare"] : [],
      );
    });

test("with every slot taken a node keeps its one session and its rows, and a new one does not storm", async () => {
  const settings = { max_connections: "5", max_wal_senders: "0" };
  const server = await servers.lone("exhausted", { settings });
  const also = (name: string) => watch([nodeSettings({ name, port: server.port })], { refreshMs: 100 });
  await using watched = watch([nodeSettings(server)], { refreshMs: 100 });
  await until(() => watched.node(server.name).pulseAtMs);
  const [ours] = await ourBackends(server);
  await using other = also("other");
  await until(() => other.node("other").pulseAtMs);
  // Three of the five slots are the superuser's: there is none left for a second session of ours.
  watched.lookAt("activity");
  await using late = also("late");
  await until(() => late.node("late").health.error);
  expect(late.node("late").health.error).toMatchObject({ sqlstate: "53300" });
  const beforeMs = watched.node(server.name).pulseAtMs ?? 0;
  await until(() => (watched.node(server.name).pulseAtMs ?? 0) > beforeMs + 2500);
  expect(await ourBackends(server)).toMatchObject([{ pid: ours?.pid }, {}]);
  expect(watched.node(server.name).health).toMatchObject({ state: "connected", error: null });
  const sample = watched.store.getState().observed.samples["activity"]?.[server.name];
  expect(sample).toMatchObject({ state: "ok" });
  // At once, after one second, after two more and, on a busy machine, after four; and once beside a view that is slow
  // there. At each refresh it would be 25.
  expect(await refusals(server.logFile)).toBeLessThanOrEqual(6);
});

async function refusals(logFile: string): Promise<number> {
  return (await Bun.file(logFile).text()).split("remaining connection slots are reserved").length - 1;
}
