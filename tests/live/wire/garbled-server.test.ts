import { expect, test } from "bun:test";
import { connect } from "node:net";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import type { Outcome } from "../../../src/services/nodes/outcome.ts";
import { seeded } from "../../support/seeded.ts";
import { serve } from "../../support/servers/fake-server.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { hangMs, serversForTests } from "../../support/servers/servers.ts";

const servers = serversForTests();
const sessions = 240;
/** Long enough for a login on a machine that is many times slower and busy: only a session that hangs takes all of it. */
const limitMs = 4000;
/** A session that hangs holds one of these places until its limit, the others go on. */
const atOnce = 20;

const random = seeded(20_261_121);
/** Ways to garble bytes at a place: another bit, another byte, one too many, some too few. */
const ways: ((bytes: Buffer, at: number, number: number) => Buffer)[] = [
  (bytes, at, number) => replaced(bytes, at, 1, (bytes[at] ?? 0) ^ (1 << (number % 8))),
  (bytes, at, number) => replaced(bytes, at, 1, number),
  (bytes, at, number) => replaced(bytes, at, 0, number),
  (bytes, at, number) => replaced(bytes, at, 1 + (number % 8)),
];

function replaced(bytes: Buffer, at: number, length: number, ...by: number[]): Buffer {
  return Buffer.concat([bytes.subarray(0, at), Buffer.from(by), bytes.subarray(at + length)]);
}

/** A real server behind a line that garbles one place in what it says to each client. */
function garbling(port: number) {
  return serve((client) => {
    const server = connect(port, "127.0.0.1");
    const [place, way, number] = [random(1500), ways[random(ways.length)], random(256)];
    let said = 0;
    server.on("data", (bytes: Buffer) => {
      const at = place - said;
      said += bytes.length;
      client.write(at >= 0 && at < bytes.length && way ? way(bytes, at, number) : bytes);
    });
    client.on("data", (bytes: Buffer) => server.write(bytes));
    server.on("error", () => {});
    server.on("close", () => client.destroy());
    client.on("close", () => server.destroy());
  });
}

test("wherever a session is garbled, it ends in time and the program goes on", async () => {
  const good = await servers.lone("good");
  await using garbled = await garbling(good.port);
  const manager = new ConnectionManager();
  let [longestGapMs, beatMs] = [0, performance.now()];
  const beat = setInterval(() => {
    longestGapMs = Math.max(longestGapMs, performance.now() - beatMs);
    beatMs = performance.now();
  }, 10);
  let longestMs = 0;
  const login = async (name: string) => {
    const pool = { connectTimeoutMs: limitMs, acquireTimeoutMs: limitMs };
    manager.add(nodeSettings({ name, port: garbled.port }, { pool }));
    const startMs = performance.now();
    const outcome = await manager.query(
      name,
      { text: "select 1, 'two'" },
      { deadlineMs: limitMs, speaksForHealth: true },
    );
    longestMs = Math.max(longestMs, performance.now() - startMs);
    await manager.remove(name);
    return outcome;
  };
  const names = Array.from({ length: sessions }, (_, number) => `garbled-${number}`);
  const outcomes: Outcome[] = [];
  const place = async () => {
    for (let name = names.pop(); name !== undefined; name = names.pop()) outcomes.push(await login(name));
  };
  await Promise.all(Array.from({ length: atOnce }, place));
  clearInterval(beat);
  // A parser that waits for bytes in a loop holds everything up for ever.
  expect(longestGapMs).toBeLessThan(hangMs);
  const kinds = outcomes.map((outcome) => (outcome.ok ? "answered" : outcome.error.kind));
  expect(kinds).toContain("answered");
  expect(kinds.filter((kind) => kind === "protocol").length).toBeGreaterThan(sessions / 4);
  // The limit of the login, that of the answer, and the wait for a cancelled statement.
  expect(longestMs).toBeLessThan(3 * hangMs);
});
