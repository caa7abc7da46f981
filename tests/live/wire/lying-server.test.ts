import { expect, test } from "bun:test";
import { askedViews } from "../../../src/views/all.ts";
import { crude, type Lie, lyingServer, serverWithout, smooth } from "../../support/servers/lying-server.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { hangMs, serversForTests, until } from "../../support/servers/servers.ts";
import { watch } from "../../support/servers/watched.ts";

const servers = serversForTests();

/** A good server, and itself behind somebody who lies about it as soon as `lies` is called. */
async function twoSides() {
  const good = await servers.lone("good");
  let valuesOfPulse = 0;
  let lie: Lie = (value, values) => {
    valuesOfPulse = values;
    return value;
  };
  const liar = await lyingServer(good.port, (value, values) => lie(value, values));
  const settings = [nodeSettings(good), nodeSettings({ name: "liar", port: liar.port })];
  const watched = watch(settings, { refreshMs: 250 });
  await until(() => watched.node("liar").pulse);
  return Object.assign(watched, {
    lies: (next: Lie) => {
      lie = next;
    },
    liesInViews: (next: Lie) => {
      lie = (value, values) => (values === valuesOfPulse ? value : next(value, values));
    },
    async [Symbol.asyncDispose]() {
      await watched.manager.stop(0);
      watched.collector.stop();
      await liar[Symbol.asyncDispose]();
    },
  });
}

test.each(Object.entries(crude))("a server that lies %s is in error, and no other", async (_, lie) => {
  await using watched = await twoSides();
  watched.lies(lie);
  await until(() => watched.node("liar").health.error?.kind === "protocol");
  // It lies of itself as well from then on.
  await until(() => watched.manager.poolStatistics("liar")?.total === 0);
  watched.manager.connect("liar");
  watched.collector.refreshNow();
  await until(() => watched.node("liar").health.failures > 1);
  expect(watched.node("liar").health.error?.kind).toBe("protocol");
  expect(watched.node("good").health.state).toBe("connected");
  expect(watched.longestGapMs("good")).toBeLessThan(hangMs);
});

test.each(Object.entries(crude))(
  "a view in which a server lies %s has failed, its node has not",
  async (_, lie) => {
    await using watched = await twoSides();
    watched.liesInViews(lie);
    watched.lookAt("databases");
    const samples = () => watched.store.getState().observed.samples["databases"];
    expect(await until(() => samples()?.["liar"])).toMatchObject({
      state: "failed",
      error: {
        kind: "protocol",
        message: expect.stringMatching(/^the (value of \w+ is not of its kind|answer lacks \w+)$/),
      },
    });
    expect(await until(() => samples()?.["good"])).toMatchObject({ state: "ok" });
    expect(watched.node("liar").health.state).toBe("connected");
  },
);

test.each(Object.entries(smooth))("a server that lies %s is believed, and harms nobody", async (_, lie) => {
  await using watched = await twoSides();
  watched.lies(lie);
  for (const { name } of askedViews) {
    watched.lookAt(name);
    const samples = () => watched.store.getState().observed.samples[name];
    await until(() => samples()?.["good"] && samples()?.["liar"]);
  }
  expect(watched.longestGapMs("good")).toBeLessThan(hangMs);
});

test.each([
  ["version", "node"],
  ["max_connections", "node"],
  ["in_recovery", "node"],
  ["connections", "node"],
  ["blks_hit", "node"],
  ["datname", "databases"],
  ["query", "activity"],
])("an answer without %s is none, and fails what asks for it: %s", async (column, what) => {
  const { name, port } = await servers.lone("good");
  await using lacking = await serverWithout(port, column);
  await using watched = watch([nodeSettings({ name, port: lacking.port })]);
  const protocol = { kind: "protocol" };
  if (what === "node") {
    await until(() => watched.node(name).health.error);
    expect(watched.node(name).health.error).toMatchObject(protocol);
    return;
  }
  watched.lookAt(what);
  const sample = await until(() => watched.store.getState().observed.samples[what]?.[name]);
  expect(sample).toMatchObject({
    state: "failed",
    error: { ...protocol, message: `the answer lacks ${column}` },
  });
  expect(watched.node(name).health.state).toBe("connected");
});
