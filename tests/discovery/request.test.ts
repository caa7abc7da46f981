import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PatroniSettings } from "../../src/config/settings.ts";
import { AuditFile } from "../../src/services/actions/audit-file.ts";
import { type RequestMeans, runRequest } from "../../src/services/discovery/run-request.ts";
import type { RestPlan } from "../../src/store/actions/operation.ts";
import { operationWords } from "../../src/store/actions/operation-words.ts";
import { type Rest, restApi } from "../support/discovery/rest.ts";
import { Authority } from "../support/tls/authority.ts";

const root = mkdtempSync(join(tmpdir(), "pgparade-request-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const source: PatroniSettings = {
  ...{ kind: "patroni", cluster: "orders", urls: [], addresses: [], deadlineMs: 3000 },
  ...{ sslrootcert: null, client: null, login: null },
};
const body = '{"leader":"pg1","candidate":"pg2"}';

function planFor(urls: readonly string[], change: Partial<RestPlan> = {}): RestPlan {
  return {
    ...{ kind: "rest", node: "pg2", operation: "patroni-switchover", title: "Switch over", about: [] },
    ...{ limitMs: 3000, word: null, done: "switched over", cluster: "orders", touched: ["pg1", "pg2"] },
    ...{ urls, member: null, method: "POST", path: "/switchover", body },
    ...change,
  };
}

function means(change: Partial<RequestMeans> = {}): RequestMeans {
  const audit = new AuditFile(join(mkdtempSync(join(root, "state-")), "own"));
  return { audit, refusal: () => null, source: () => source, ...change };
}

const linesOf = ({ audit }: RequestMeans) =>
  readFileSync(audit.path, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

const refused = "http://127.0.0.1:1";

/** Takes a request, and closes the connection without a word. */
async function mute(): Promise<string> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  afterAll(() => server.close());
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
}

const good = () => restApi(() => new Response("Successfully switched over"));
const requestsTo = ({ requests }: Rest) => requests.map(({ method, path }) => `${method} ${path}`);

test("one request is sent as it was shown, with an audit line before and its outcome after", async () => {
  let got = "";
  const rest = restApi(async (request) => {
    got = await request.text();
    return new Response("Successfully switched over");
  });
  const own = means();
  const result = await runRequest(own, planFor([rest.url]));
  expect(result).toMatchObject({ outcome: { kind: "done", value: null }, unrecorded: null });
  expect([requestsTo(rest), got]).toEqual([["POST /switchover"], body]);
  const names = rest.requests[0]?.headers.map((header) => header.split(":")[0]).toSorted();
  expect(names).toEqual([
    "accept",
    "accept-encoding",
    "content-length",
    "content-type",
    "host",
    "user-agent",
  ]);
  const port = Number(URL.parse(rest.url)?.port);
  const line = {
    ...{ action: "patroni-switchover", node: "pg2", host: "127.0.0.1", port, database_role: null },
    ...{ statement: `POST ${rest.url}/switchover\n${body}`, values: [] },
    targets: [{ cluster: "orders", what: "Switch over", addresses: rest.url }],
  };
  expect(linesOf(own)).toMatchObject([
    { ...line, outcome: null },
    { ...line, outcome: "done" },
  ]);
});

test("the next address is tried where no connection was made, and nowhere else", async () => {
  const rest = good();
  expect(await runRequest(means(), planFor([refused, rest.url]))).toMatchObject({
    outcome: { kind: "done" },
  });
  expect(requestsTo(rest)).toEqual(["POST /switchover"]);
  const other = good();
  const closed = await runRequest(means(), planFor([await mute(), other.url]));
  expect(closed).toMatchObject({ outcome: { kind: "failed", isUnsure: true } });
  const busy = restApi(() => new Response("no", { status: 503 }));
  await runRequest(means(), planFor([busy.url, other.url]));
  expect(requestsTo(other)).toEqual([]);
  expect((await runRequest(means(), planFor([refused]))).outcome).toMatchObject({
    ...{ kind: "failed", isUnsure: false },
    error: { message: `${refused}: connection refused` },
  });
});

test("no answer in time may have been done", async () => {
  const rest = restApi(() => Bun.sleep(20_000).then(() => new Response("late")));
  const result = await runRequest(means(), planFor([rest.url], { limitMs: 300 }));
  expect(operationWords(result).words).toBe(`it may have been done: ${rest.url}: no answer within 0.3 s`);
});

describe("a status says what became of it:", () => {
  test.each([
    [200, "done", "switched over"],
    [202, "sent", "sent, but Patroni answered 202: \u001b[31mtext of it"],
    [401, "notPermitted", "not permitted: Patroni answered 401: \u001b[31mtext of it"],
    [403, "notPermitted", "not permitted: Patroni answered 403: \u001b[31mtext of it"],
    [412, "failed", "not done: Patroni answered 412: \u001b[31mtext of it"],
    [503, "failed", "it may have been done: Patroni answered 503: \u001b[31mtext of it"],
  ])("%p is %p", async (status, kind, words) => {
    const rest = restApi(() => new Response("\u001b[31mtext\n of it\n", { status }));
    const result = await runRequest(means(), planFor([rest.url]));
    expect(result.outcome.kind).toBe(kind as typeof result.outcome.kind);
    expect(operationWords(result).words).toBe(words);
  });

  test("a redirect is not followed", async () => {
    const target = good();
    const rest = restApi(() => Response.redirect(`${target.url}/switchover`, 307));
    const result = await runRequest(means(), planFor([rest.url]));
    expect(operationWords(result).words).toBe("not done: 307: a redirect, which is not followed");
    expect(target.requests).toEqual([]);
  });

  test("of a text without an end the beginning is kept", async () => {
    const endless = () =>
      new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(65_536).fill(97)) });
    const rest = restApi(() => new Response(endless(), { status: 500 }));
    const { words } = operationWords(await runRequest(means(), planFor([rest.url])));
    expect(words).toStartWith("it may have been done: Patroni answered 500: aaa");
    expect(words.length).toBeLessThan(1100);
  });
});

test("nothing is sent where it is forbidden by then, nothing discovers the cluster, or no audit line is written", async () => {
  const rest = good();
  const why = async (change: Partial<RequestMeans>) => {
    const { outcome } = await runRequest(means(change), planFor([rest.url]));
    return outcome.kind === "refused" ? outcome.why : outcome.kind;
  };
  expect(await why({ refusal: (node) => (node === "pg1" ? "read-only" : null) })).toBe("pg1: read-only");
  expect(await why({ source: () => null })).toContain("no longer says");
  const dns = { kind: "srv", cluster: "orders", name: "_pg._tcp.example.com", deadlineMs: 3000 } as const;
  expect(await why({ source: () => dns })).toBe("its cluster is no longer discovered from Patroni");
  expect(await why({ source: () => ({ ...source, sslrootcert: "/nowhere/ca.pem" }) })).toContain("/nowhere");
  expect(await why({ audit: new AuditFile("/proc/no-such-folder") })).toStartWith("no audit line, no action");
  expect(rest.requests).toEqual([]);
});

describe("before a member is asked for something it is asked who it is:", () => {
  const member = { name: "pg2", scope: "orders", leads: false };
  test.each([
    [{ role: "replica", patroni: { scope: "orders" } }, null],
    [{ role: "replica", patroni: { scope: "orders", name: "pg2" } }, null],
    [{ role: "replica", patroni: { scope: "orders", name: "pg3" } }, "another member answers there: pg3"],
    [{ role: "primary", patroni: { scope: "orders" } }, "the leader answers there"],
    [{ role: "master", patroni: { scope: "orders" } }, "the leader answers there"],
    [{ role: "replica", patroni: { scope: "other" } }, "a member of another cluster answers there"],
    [{ role: "replica" }, "what answers there is not Patroni"],
    ["<html>", "what answers there is not Patroni"],
  ])("%j", async (self, why) => {
    const rest = restApi(({ url }) => (url.endsWith("/patroni") ? Response.json(self) : new Response("ok")));
    const plan = planFor([rest.url], { member, path: "/reinitialize", body: null });
    const { outcome } = await runRequest(means(), plan);
    expect(outcome).toEqual(
      why === null ? { kind: "done", value: null } : { kind: "refused", why: `${rest.url}: ${why}` },
    );
    expect(requestsTo(rest)).toEqual(["GET /patroni", ...(why === null ? ["POST /reinitialize"] : [])]);
  });

  test("where it does not answer nothing is sent", async () => {
    const { outcome } = await runRequest(means(), planFor([refused], { member }));
    expect(outcome).toEqual({ kind: "refused", why: `${refused}: connection refused` });
  });
});

test("https is verified by the authorities of the source, and nothing is sent where it is not trusted", async () => {
  const authority = new Authority("ours");
  afterAll(() => authority.remove());
  const signed = authority.sign({ name: "rest", alternatives: "IP:127.0.0.1" });
  const tls = { cert: Bun.file(signed.crt), key: Bun.file(signed.key) };
  const rest = restApi(() => new Response("done"), tls);
  const other = good();
  const untrusted = await runRequest(means(), planFor([rest.url, other.url]));
  expect(operationWords(untrusted).words).toMatch(/^not done: .*certificate is not trusted/);
  expect([...rest.requests, ...other.requests]).toEqual([]);
  const trusting = means({ source: () => ({ ...source, sslrootcert: authority.crt }) });
  expect(await runRequest(trusting, planFor([rest.url]))).toMatchObject({ outcome: { kind: "done" } });
});
