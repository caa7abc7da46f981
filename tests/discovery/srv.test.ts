import { describe, expect, test } from "bun:test";
import { srvSource } from "../../src/services/discovery/srv.ts";
import { nameServer } from "../support/discovery/name-server.ts";

const name = "_postgresql._tcp.db.example.com";
const settings = { kind: "srv", cluster: "orders", name, deadlineMs: 20_000 } as const;

async function ask(servers: readonly string[], change: { readonly deadlineMs?: number } = {}) {
  const outcome = await srvSource(servers)({ ...settings, ...change }, new AbortController().signal, null);
  return outcome.ok
    ? outcome.answer.members.map((one) => `${one.name} ${one.host}:${one.port}`)
    : outcome.why;
}

test("the targets and ports of the records are the members", async () => {
  await using server = await nameServer([
    { target: "db2.example.com", port: 5433, priority: 10 },
    { target: "DB1.example.com", port: 5432 },
  ]);
  expect(await ask([server.address])).toEqual([
    ...["db1.example.com db1.example.com:5432", "db2.example.com db2.example.com:5433"],
  ]);
  expect(server.asked).toEqual([name]);
});

test("what is no name of a server is left out and named", async () => {
  await using server = await nameServer([
    { target: "db1.example.com", port: 5432 },
    { target: "-oProxyCommand=x", port: 1 },
    { target: "\u001b[2J.example", port: 1 },
    { target: "db1.example.com", port: 0 },
  ]);
  const outcome = await srvSource([server.address])(settings, new AbortController().signal, null);
  if (!outcome.ok) throw new Error(outcome.why);
  expect(outcome.answer.members.map(({ host }) => host)).toEqual(["db1.example.com"]);
  expect(outcome.answer.leftOut).toHaveLength(3);
  expect(outcome.answer.leftOut.join()).not.toContain("\u001b");
});

test("a name server that is silent leaves time for the next", async () => {
  await using mute = await nameServer(null);
  await using server = await nameServer([{ target: "db1", port: 5432 }]);
  expect(await ask([mute.address, server.address], { deadlineMs: 8000 })).toEqual(["db1 db1:5432"]);
});

describe("a failure has its reason:", () => {
  const none = "there is no such name, or it has no SRV records";
  test.each([
    ["NXDOMAIN", 3, none],
    ["no records", [], none],
    ["SERVFAIL", 2, "the name server could not find out (SERVFAIL)"],
    ["REFUSED", 5, "the name server refuses to say"],
  ])("%s", async (_, says, why) => {
    await using server = await nameServer(says);
    expect(await ask([server.address])).toBe(`${name}: ${why}`);
  });

  test("silence, for as long as it may take", async () => {
    await using mute = await nameServer(null);
    const startMs = performance.now();
    const why = await ask([mute.address], { deadlineMs: 300 });
    expect(why).toMatch(/: no name server answers$|: no answer within 0\.3 s$/);
    expect(performance.now() - startMs).toBeLessThan(10_000);
  });

  test("bytes that are no answer", async () => {
    await using server = await nameServer(new Uint8Array(40).fill(0xff));
    expect(await ask([server.address], { deadlineMs: 1000 })).toStartWith(`${name}: `);
  });
});

test("one that is called off ends at once", async () => {
  await using mute = await nameServer(null);
  const stop = new AbortController();
  const asked = srvSource([mute.address])({ ...settings, deadlineMs: 60_000 }, stop.signal, null);
  stop.abort();
  expect((await asked).ok).toBe(false);
});
