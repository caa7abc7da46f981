import { afterAll, describe, expect, test } from "bun:test";
import { createServer } from "node:net";
import type { PatroniSettings } from "../../src/config/settings.ts";
import { Discovery } from "../../src/services/discovery/discovery.ts";
import { patroni } from "../../src/services/discovery/patroni.ts";
import { largestAnswerBytes } from "../../src/services/discovery/source.ts";
import type { Answer, Outcome } from "../../src/stats/discovery.ts";
import { listing, restApi } from "../support/discovery/rest.ts";
import { until } from "../support/servers/servers.ts";
import { Authority } from "../support/tls/authority.ts";

const source = (urls: readonly string[], change: Partial<PatroniSettings> = {}): PatroniSettings => ({
  ...{ kind: "patroni", cluster: "orders", urls, addresses: [], deadlineMs: 3000 },
  ...{ sslrootcert: null, client: null, login: null },
  ...change,
});
const unheard = async () => ({ ok: false as const, why: "no server is watched" });
const ask = (urls: readonly string[], change: Partial<PatroniSettings> = {}) =>
  patroni(source(urls, change), new AbortController().signal, null);
const namesIn = (outcome: Outcome) =>
  outcome.ok ? outcome.answer.members.map(({ name }) => name) : outcome.why;

/** Accepts connections and says what it is told to, which may be nothing. */
async function silent(said = ""): Promise<string> {
  const server = createServer((socket) => socket.on("error", () => {}).write(said));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  afterAll(() => server.close());
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
}

const refused = "http://127.0.0.1:1";
const good = () => restApi(() => listing([{ name: "pg1", port: 5432 }]));

test("/cluster is asked, and nothing is sent that a secret could be in", async () => {
  const rest = good();
  expect(namesIn(await ask([rest.url]))).toEqual(["pg1"]);
  expect(rest.requests).toMatchObject([{ method: "GET", path: "/cluster" }]);
  const names = rest.requests[0]?.headers.map((header) => header.split(":")[0]).toSorted();
  expect(names).toEqual(["accept", "accept-encoding", "host", "user-agent"]);
});

test("the next address is asked when one fails, answers nonsense or says nothing", async () => {
  const rest = good();
  const bad = restApi(() => new Response("<html>", { status: 200 }));
  expect(namesIn(await ask([refused, bad.url, await silent(), rest.url]))).toEqual(["pg1"]);
});

test("the first address that answers counts", async () => {
  const [first, second] = [good(), restApi(() => listing([{ name: "other", port: 1 }]))];
  expect(namesIn(await ask([first.url, second.url]))).toEqual(["pg1"]);
  expect(second.requests).toEqual([]);
});

describe("how the leader came to its timeline", () => {
  const leader = { name: "pg1", port: 5432, role: "leader", timeline: 3 };
  const history = [
    [1, 100, "no recovery target specified", "2026-11-01T10:00:00+00:00", "pg2"],
    [2, 200, "no recovery target specified", "2026-11-02T10:00:00+00:00", "pg1"],
  ];
  const asked = ({ requests }: ReturnType<typeof restApi>) => requests.map(({ path }) => path).join(" ");
  const answering = (said: () => Response | Promise<Response>) =>
    restApi(({ url }) => (url.endsWith("/history") ? said() : listing([leader])));
  const outcomeOf = async (url: string, known: Answer | null) => {
    const outcome = await patroni(source([url]), new AbortController().signal, known);
    if (!outcome.ok) throw new Error(outcome.why);
    return outcome.answer;
  };

  test("is asked for where the members were listed, and no more while the timeline is the same", async () => {
    const rest = answering(() => Response.json(history));
    const first = await outcomeOf(rest.url, null);
    expect(first.timelines?.changes.map(({ timeline, leader: to }) => `${timeline} ${to}`)).toEqual([
      ...["1 pg2", "2 pg1"],
    ]);
    const second = await outcomeOf(rest.url, first);
    expect(second.timelines?.changes).toHaveLength(2);
    expect(asked(rest)).toBe("/cluster /history /cluster");
  });

  test.each<[string, () => Response | Promise<Response>]>([
    ["status 404", () => new Response("no", { status: 404 })],
    ["the answer is no list", () => Response.json({})],
    ["no answer in time", () => Bun.sleep(3000).then(() => Response.json(history))],
  ])("leaves the members as they are where the answer is: %s", async (why, said) => {
    const answer = await outcomeOf(answering(said).url, null);
    expect(answer.members).toHaveLength(1);
    expect(answer.timelines).toMatchObject({ changes: [], why: expect.stringContaining(why) });
  });
});

describe("a failure is told without what was answered:", () => {
  const leak = "SECRETPW";

  test("nothing listens, at any address", async () => {
    expect(namesIn(await ask([refused, `${refused}/x`]))).toBe(
      `${refused}: connection refused; ${refused}/x: connection refused`,
    );
  });

  test("no answer in time", async () => {
    const url = await silent("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{");
    expect(namesIn(await ask([url], { deadlineMs: 300 }))).toBe(`${url}: no answer within 0.3 s`);
  });

  test("another status", async () => {
    const rest = restApi(() => new Response(leak, { status: 503 }));
    expect(namesIn(await ask([rest.url]))).toBe(`${rest.url}: status 503`);
  });

  test("a redirect, which is not followed", async () => {
    const target = good();
    const rest = restApi(() => Response.redirect(`${target.url}/cluster`, 302));
    expect(namesIn(await ask([rest.url]))).toBe(`${rest.url}: a redirect, which is not followed`);
    expect(target.requests).toEqual([]);
  });

  test("an answer without an end", async () => {
    let sent = 0;
    const chunk = new Uint8Array(65_536).fill(32);
    const endless = () =>
      new ReadableStream({
        pull: (controller) => {
          sent += chunk.length;
          controller.enqueue(chunk);
        },
      });
    const rest = restApi(() => new Response(endless()));
    expect(namesIn(await ask([rest.url]))).toBe(`${rest.url}: an answer above ${largestAnswerBytes} bytes`);
    await Bun.sleep(200);
    const before = sent;
    await Bun.sleep(200);
    expect(sent).toBe(before);
  });

  test("an answer that unpacks to more than it is", async () => {
    const bomb = Bun.gzipSync(new Uint8Array(largestAnswerBytes * 20).fill(32));
    const rest = restApi(() => new Response(bomb, { headers: { "content-encoding": "gzip" } }));
    expect(namesIn(await ask([rest.url]))).toStartWith(`${rest.url}: `);
  });

  test("what is no HTTP", async () => {
    const url = await silent(`${leak} ${leak}\r\n\r\n`);
    const why = namesIn(await ask([url], { deadlineMs: 500 }));
    expect(why).toStartWith(`${url}: `);
    expect(why).not.toContain(leak);
  });
});

test("https is verified, by the authorities of sslrootcert", async () => {
  const [authority, other] = [new Authority("ours"), new Authority("another")];
  afterAll(() => {
    for (const one of [authority, other]) one.remove();
  });
  const signed = authority.sign({ name: "rest", alternatives: "IP:127.0.0.1" });
  const answer = () => listing([{ name: "pg1", port: 5432 }]);
  const rest = restApi(answer, { cert: Bun.file(signed.crt), key: Bun.file(signed.key) });
  expect(namesIn(await ask([rest.url], { sslrootcert: authority.crt }))).toEqual(["pg1"]);
  expect(namesIn(await ask([rest.url], { sslrootcert: other.crt }))).toContain("certificate is not trusted");
  expect(namesIn(await ask([rest.url]))).toContain("certificate is not trusted");
  expect(namesIn(await ask([rest.url], { sslrootcert: "/nowhere/ca.pem" }))).toContain("/nowhere/ca.pem");
  const misnamed = authority.sign({ name: "rest", alternatives: "DNS:elsewhere.example" });
  const wrong = restApi(answer, { cert: Bun.file(misnamed.crt), key: Bun.file(misnamed.key) });
  expect(namesIn(await ask([wrong.url], { sslrootcert: authority.crt }))).toContain(
    "certificate is not trusted",
  );
});

test("sources are asked again and again until they are no longer watched", async () => {
  const rest = good();
  const discovery = new Discovery(unheard);
  const heard: string[] = [];
  const watch = (settings: readonly PatroniSettings[]) =>
    discovery.watch(settings, (cluster, _, { answer }) => heard.push(`${cluster} ${answer?.members.length}`));
  watch([source([rest.url])]);
  await until(() => heard.length === 1);
  expect(heard).toEqual(["orders 1"]);
  expect(discovery.found.get("orders")).toEqual([{ name: "pg1", host: "127.0.0.1", port: 5432 }]);
  // The same again asks no sooner; another address asks at once, and keeps what is known.
  watch([source([rest.url])]);
  watch([source([refused])]);
  await until(() => heard.length === 2);
  expect(discovery.listing("orders").failing?.why).toBe(`${refused}: connection refused`);
  expect(discovery.found.get("orders")).toHaveLength(1);
  // What is asked for while an answer is underway is asked once that has come: it may be from before.
  watch([source([rest.url])]);
  await until(() => heard.length === 3);
  const before = rest.requests.length;
  discovery.askNow("orders");
  discovery.askNow("orders");
  discovery.askNow("another");
  await until(() => heard.length === 5);
  expect(rest.requests.length).toBe(before + 2);
  watch([]);
  expect(discovery.found.size).toBe(0);
  discovery.stop();
});
