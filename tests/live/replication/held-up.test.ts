import { expect, test } from "bun:test";
import { session } from "../../support/rules/rounds.ts";
import { draw } from "../../support/screens/screens.tsx";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { watch } from "../../support/servers/watched.ts";

const servers = serversForTests({ settings: { max_standby_streaming_delay: "-1" } });

test("a lag that a session of the standby causes says so, and where to look", async () => {
  const { primary, standbys } = await servers.cluster("held");
  const [standby] = standbys;
  if (!standby) throw new Error("no standby");
  const levels = { replication_lag: { warning: 0.5, critical: null, forMs: 0 } };
  const settings = [primary, standby].map((server) => {
    const node = nodeSettings(server, { connection: { user: "postgres" } });
    return { ...node, thresholds: { ...node.thresholds, ...levels } };
  });
  await using watched = watch(settings, { refreshMs: 250 });
  await primary.query("create table public.read (a int)");
  await until(async () => {
    const [seen] = await standby.query("select pg_catalog.to_regclass('public.read') as at");
    return seen?.["at"] !== null;
  });
  await using reader = await session(standby);
  await reader.client.query("begin; select from public.read");
  await primary.query("alter table public.read add column b int");
  const lag = () => watched.node(standby.name).alerts.find(({ rule }) => rule === "replication_lag");
  await until(async () => {
    await primary.query("insert into public.read values (1)");
    return lag()?.text.includes("waits for a lock");
  });
  expect(lag()?.text).toMatch(/^replay lag .*: replay waits for a lock that a session here holds$/);
  const state = watched.store.getState();
  const page = {
    stack: [{ ...state.screen.stack[0], place: { kind: "node", node: standby.name } }],
  } as const;
  const shown = draw({ ...state, screen: { ...state.screen, ...page, columns: 120, rows: 40 } }).join("\n");
  expect(shown).toMatch(/waiting for locks +0, and the replay of WAL/);
  await reader.client.query("commit");
  await until(() => watched.node(standby.name).pulse?.replay_wait?.startsWith("Lock:") !== true);
});
