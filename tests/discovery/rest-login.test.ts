import { afterAll, describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PatroniSettings, RestLogin } from "../../src/config/settings.ts";
import { AuditFile } from "../../src/services/actions/audit-file.ts";
import { authorizationFor } from "../../src/services/discovery/rest-way.ts";
import { runRequest } from "../../src/services/discovery/run-request.ts";
import type { RestPlan } from "../../src/store/actions/operation.ts";
import { operationWords } from "../../src/store/actions/operation-words.ts";
import { Secret } from "../../src/text/secret.ts";
import { type Rest, restApi } from "../support/discovery/rest.ts";
import { Authority } from "../support/tls/authority.ts";

const root = mkdtempSync(join(tmpdir(), "pgparade-rest-login-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const password = "pl4nted-rest";
const login: RestLogin = {
  username: "patroni",
  passwords: [{ kind: "inline", secret: new Secret(password) }],
  allowCleartext: false,
  hiddenVariables: [],
};
const basic = `Basic ${btoa(`patroni:${password}`)}`;

/** Runs a switchover at an address, and gives what became of it and what the audit file holds. */
async function switchOver(url: string, change: Partial<PatroniSettings> = {}) {
  const audit = new AuditFile(join(mkdtempSync(join(root, "state-")), "own"));
  const source: PatroniSettings = {
    ...{ kind: "patroni", cluster: "orders", urls: [], addresses: [], deadlineMs: 3000 },
    ...{ sslrootcert: null, client: null, login, ...change },
  };
  const plan: RestPlan = {
    ...{ kind: "rest", node: "pg2", operation: "patroni-switchover", title: "Switch over", about: [] },
    ...{ limitMs: 3000, word: null, done: "switched over", cluster: "orders", touched: [] },
    ...{ urls: [url], member: null, method: "POST", path: "/switchover", body: "{}" },
  };
  const result = await runRequest({ audit, refusal: () => null, source: () => source }, plan);
  const { words, fix } = operationWords(result);
  return { words, fix, audit: existsSync(audit.path) ? readFileSync(audit.path, "utf8") : "" };
}

/** As Patroni with `restapi.authentication` does. */
const asking = (answer: (given: string | null) => Response) =>
  restApi((request) => {
    const given = request.headers.get("authorization");
    const headers = { "www-authenticate": 'Basic realm="Patroni"' };
    return given === basic ? answer(given) : new Response("not authenticated", { status: 401, headers });
  });

const authorizations = ({ requests }: Rest) =>
  requests.map(({ headers }) => headers.find((header) => header.startsWith("authorization:")) ?? null);

test("a login is sent where it is asked for, and not before", async () => {
  const rest = asking(() => new Response("done"));
  expect((await switchOver(rest.url)).words).toBe("switched over");
  expect(authorizations(rest)).toEqual([null, `authorization: ${basic}`]);

  const open = restApi(() => new Response("done"));
  await switchOver(open.url);
  expect(authorizations(open)).toEqual([null]);

  const other = restApi(() => new Response("no", { status: 401, headers: { "www-authenticate": "Bearer" } }));
  await switchOver(other.url);
  expect(authorizations(other)).toEqual([null]);
});

test("a refused login is not tried again, and what is missing is named", async () => {
  const rest = asking(() => new Response("done"));
  const wrong = { ...login, passwords: [{ kind: "inline", secret: new Secret("other") }] as const };
  expect(await switchOver(rest.url, { login: wrong })).toMatchObject({
    words: "not permitted: Patroni answered 401: not authenticated",
    fix: "it refused the password of patroni",
  });
  expect(rest.requests).toHaveLength(2);
  expect((await switchOver(rest.url, { login: null })).fix).toContain("username and password_env");
  expect(rest.requests).toHaveLength(3);
});

test("no message and no audit line repeats what was sent", async () => {
  const rest = asking((given) => new Response(`bad ${given} ${password}`, { status: 500 }));
  const { words, audit } = await switchOver(rest.url);
  expect(words).toStartWith("it may have been done: Patroni answered 500: bad Basic ***");
  expect(audit.split("\n")).toHaveLength(3);
  for (const text of [words, audit]) {
    expect(text).not.toContain(password);
    expect(text).not.toContain(basic.slice(6));
  }
});

describe("the password", () => {
  const far = "http://db1.example.com:8008";
  const ask = (change: Partial<RestLogin>, url = "https://db1.example.com:8008") =>
    authorizationFor(url, { ...login, ...change });

  test("goes over https, to this machine, or where the config allows clear text", async () => {
    const value = { ok: true, value: basic } as const;
    expect(await ask({})).toEqual(value);
    expect(await ask({}, "http://127.0.0.1:8008")).toEqual(value);
    expect(await ask({ allowCleartext: true }, far)).toEqual(value);
    expect(await ask({}, far)).toEqual({
      ok: false,
      why: "Patroni asks for a login, which would go in clear to db1.example.com",
      fix: "ask it by https, or set allow_cleartext: true below discover",
    });
  });

  test("is taken from the first source that has it, and each that has none is named", async () => {
    const file = join(root, "password");
    writeFileSync(file, `${password}\n`, { mode: 0o600 });
    const missing = { kind: "environment", variable: "PGPARADE_TEST_NO_SUCH" } as const;
    const inFile = { kind: "file", path: file } as const;
    expect(await ask({ passwords: [missing, inFile] })).toEqual({ ok: true, value: basic });
    const argv = ["printf", password];
    expect(await ask({ passwords: [{ kind: "command", argv, ttlMs: null }] })).toMatchObject({
      value: basic,
    });
    chmodSync(file, 0o644);
    const { fix } = { fix: "", ...(await ask({ passwords: [missing, inFile] })) };
    expect(fix).toStartWith("PGPARADE_TEST_NO_SUCH is not set; ");
    expect(fix).toContain("can be read by others");
  });
});

test("the client certificate is shown to who asks for one, and its key is private", async () => {
  const authority = new Authority("rest");
  afterAll(() => authority.remove());
  const served = authority.sign({ name: "rest", alternatives: "IP:127.0.0.1" });
  const own = authority.sign({ name: "pgparade" });
  const rest = restApi(() => new Response("done"), {
    ...{ cert: Bun.file(served.crt), key: Bun.file(served.key), ca: Bun.file(authority.crt) },
    ...{ requestCert: true, rejectUnauthorized: true },
  });
  chmodSync(own.key, 0o600);
  const sslrootcert = authority.crt;
  const client = { cert: own.crt, key: own.key };
  expect((await switchOver(rest.url, { sslrootcert, client })).words).toBe("switched over");
  const { words } = await switchOver(rest.url, { sslrootcert });
  expect(words).not.toBe("switched over");
  expect(rest.requests).toHaveLength(1);
  chmodSync(own.key, 0o644);
  const refused = await switchOver(rest.url, { sslrootcert, client });
  expect(refused.words).toContain(`sslkey ${own.key} can be read by others: run chmod 600 on it`);
  expect(rest.requests).toHaveLength(1);
});
