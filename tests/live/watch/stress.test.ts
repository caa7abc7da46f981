import { expect, test } from "bun:test";
import pg from "pg";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { type Watched, watch } from "../../support/servers/watched.ts";
import { sleepy } from "../../support/slow-view.ts";

const servers = serversForTests();

/** Stress ends when all was well for a quarter of a minute, on a busy machine later. */
const overMs = 90_000;

/** Lets the server run for a tenth of the time only, until it is told to stop. */
function slowDown(server: ThrowawayServer): () => Promise<void> {
  let isOn = true;
  const ended = (async () => {
    while (isOn) {
      server.freeze();
      await Bun.sleep(900);
      server.thaw();
      await Bun.sleep(100);
    }
  })();
  return async () => {
    isOn = false;
    await ended;
  };
}

const paceOf = ({ store }: Watched, server: ThrowawayServer, view: string) =>
  store.getState().observed.paces[view]?.[server.name];

function answersOf({ store, node }: Watched, server: ThrowawayServer, view: string) {
  const answers = { pulses: new Set<number>(), view: [] as number[] };
  store.subscribe(({ observed }) => {
    const sample = observed.samples[view]?.[server.name];
    const { pulseAtMs } = node(server.name);
    if (pulseAtMs !== null) answers.pulses.add(pulseAtMs);
    if (sample?.state === "ok" && sample.atMs !== answers.view.at(-1)) answers.view.push(sample.atMs);
  });
  return answers;
}

test("a server whose pulse takes long is asked less, its pulse as ever, and at once by hand; then as before", async () => {
  const server = await servers.lone("slow");
  await using watched = watch([nodeSettings(server)]);
  watched.lookAt("activity");
  const answers = answersOf(watched, server, "activity");
  await until(() => answers.pulses.size > 12);
  expect(watched.node(server.name).stress).toBeNull();
  expect(paceOf(watched, server, "activity")).toBeUndefined();
  const recover = slowDown(server);
  try {
    const stress = await until(() => watched.node(server.name).stress, 60_000);
    expect(stress.why).toMatch(/^pulse (\d|overdue)/);
    await until(() => paceOf(watched, server, "activity"));
  } finally {
    await recover();
  }
  expect(paceOf(watched, server, "activity")?.everyMs).toBeGreaterThanOrEqual(4000);
  const asked = answers.view.length;
  await until(() => answers.view.length > asked);
  const [pulses, views] = [answers.pulses.size, answers.view.length];
  await until(() => answers.pulses.size >= pulses + 6);
  expect(answers.view.length - views).toBeLessThanOrEqual(3);
  // Right after an answer the next is four seconds away.
  const next = await until(() => answers.view.length > views && answers.view.length);
  if (watched.node(server.name).stress) {
    watched.collector.refreshNow();
    await until(() => answers.view.length > next);
    expect((answers.view[next] ?? 0) - (answers.view[next - 1] ?? 0)).toBeLessThan(3500);
  }
  await until(() => watched.node(server.name).stress === null, overMs);
  await until(() => paceOf(watched, server, "activity") === undefined);
}, 240_000);

test("a server whose last connections are taken is asked less until some are free", async () => {
  const server = await servers.lone("taken", { settings: { max_connections: "25", max_wal_senders: "0" } });
  await using watched = watch([nodeSettings(server)]);
  await until(() => watched.node(server.name).pulse);
  const clients = Array.from(
    { length: 20 },
    () => new pg.Client({ host: "127.0.0.1", port: server.port, user: "monitor", database: "postgres" }),
  );
  try {
    for (const client of clients) await client.connect();
    const stress = await until(() => watched.node(server.name).stress);
    expect(stress.why).toMatch(/^(1 connection|no connection) left$/);
    watched.lookAt("activity");
    await until(() => (paceOf(watched, server, "activity")?.everyMs ?? 0) >= 4000);
  } finally {
    await Promise.all(clients.map((client) => client.end()));
  }
  await until(() => watched.node(server.name).stress === null, overMs);
}, 240_000);

test("a server on which two views end at their deadline is asked less", async () => {
  const server = await servers.lone("late");
  const standing = ["one", "other"].map((name) => ({ view: sleepy(name, 30, 300), everyMs: 0 }));
  await using watched = watch([nodeSettings(server)], { standing });
  const stress = await until(() => watched.node(server.name).stress);
  expect(stress.why).toBe("2 views ended at their deadline");
});
