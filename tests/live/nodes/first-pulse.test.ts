import { expect, test } from "bun:test";
import { connect } from "node:net";
import { pulseView } from "../../../src/views/server/pulse.ts";
import { sqlFor } from "../../../src/views/view.ts";
import { type FakeServer, serve } from "../../support/servers/fake-server.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { watch } from "../../support/servers/watched.ts";

const servers = serversForTests();
const pulse = sqlFor(pulseView, 180_000) ?? "";
const calls = `select coalesce(sum(calls), 0)::int4 as calls from pg_stat_statements
  where query like '%pg_is_in_recovery() as in_recovery%' and query not like '%facts%' and query not like '%calls%'`;

/** A way to a server whose answers wait after the login until they are let through, `delayMs` after they came. */
async function gateTo(port: number, delayMs = 0): Promise<FakeServer & { letThrough(): void }> {
  let letThrough = () => {};
  const opened = new Promise<void>((resolve) => {
    letThrough = resolve;
  });
  const relay = await serve((client) => {
    const server = connect(port, "127.0.0.1");
    let isLoggedIn = false;
    server.on("data", (bytes: Buffer) => {
      const isHeld = isLoggedIn;
      isLoggedIn ||= bytes.includes(Buffer.from([0x5a, 0, 0, 0, 5]));
      if (!isHeld) client.write(bytes);
      else void opened.then(() => Bun.sleep(delayMs)).then(() => client.write(bytes));
    });
    client.pipe(server);
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      one.on("error", () => {});
      one.on("close", () => other.destroy());
    }
  });
  return {
    ...relay,
    get heard() {
      return relay.heard;
    },
    letThrough,
  };
}

test("the first pulse is asked before the facts are answered, and once", async () => {
  const server = await servers.lone("first", { bootstrap: ["create extension pg_stat_statements"] });
  await using gate = await gateTo(server.port);
  await using watched = watch([nodeSettings({ name: "first", port: gate.port })], { refreshMs: 3_600_000 });
  await until(() => gate.heard.includes(pulse.slice(0, 200)));
  expect(watched.manager.facts("first")).toBeNull();
  gate.letThrough();
  await until(() => watched.node("first").pulse !== null);
  expect(await server.query(calls)).toEqual([{ calls: 1 }]);
});

test("a server that is far away has no latency of nothing in the first round", async () => {
  const server = await servers.lone("first");
  await using gate = await gateTo(server.port, 200);
  gate.letThrough();
  await using watched = watch([nodeSettings({ name: "far", port: gate.port })], { refreshMs: 3_600_000 });
  await until(() => watched.node("far").pulse !== null);
  expect(watched.node("far").health.latencyMs).toBeGreaterThan(150);
});

test("a server that refuses the question before the pulse is asked for the pulse again", async () => {
  const withheld = "revoke execute on function pg_control_system() from public";
  const server = await servers.lone("withholding", { bootstrap: [withheld] });
  const node = nodeSettings({ name: "bare", port: server.port }, { connection: { user: "bare" } });
  await using watched = watch([node]);
  await until(() => watched.node("bare").pulse !== null);
  expect(watched.node("bare").facts?.systemIdentifier).toBeNull();
  expect(watched.node("bare").health.state).toBe("connected");
});

test("a node that may write is asked one after another, and its pulse comes all the same", async () => {
  const server = await servers.lone("first");
  await using watched = watch([nodeSettings({ name: "writes", port: server.port }, { readOnly: false })]);
  await until(() => watched.node("writes").pulse !== null);
});
