import { afterAll, beforeAll, expect, test } from "bun:test";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ConnectionParameters } from "../../../src/postgres/conninfo/conninfo.ts";
import { parseConninfo, resolveConnection } from "../../../src/postgres/conninfo/conninfo.ts";
import { authMethods, parseRequireAuth } from "../../../src/postgres/conninfo/require-auth.ts";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { Secret } from "../../../src/text/secret.ts";
import { randomTexts } from "../../support/seeded.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { type Certificate, offerTls, selfSigned } from "../../support/tls/certificates.ts";
import { type LibpqLogin, libpqLogin } from "../../support/tls/libpq-login.ts";

const servers = serversForTests();
/** How the server authenticates the role `by_…`. */
const methods = ["trust", "password", "md5", "scram"] as const;
const password = "right";

let server: ThrowawayServer;
let certificate: Certificate;
let libpq: LibpqLogin;

beforeAll(async () => {
  server = await servers.lone("methods", {
    bootstrap: [
      ...["trust", "password", "scram"].map((method) => `create role by_${method} login password 'right'`),
      "set password_encryption = 'md5'",
      "create role by_md5 login password 'right'",
    ],
  });
  const lines = methods.map((method) => `host all by_${method} 127.0.0.1/32 ${hbaMethod(method)}\n`);
  await writeFile(join(server.dataDirectory, "pg_hba.conf"), ["local all all trust\n", ...lines].join(""));
  libpq = libpqLogin(server.scratch.binaries);
  certificate = selfSigned("IP:127.0.0.1");
  await offerTls(server, certificate);
  await until(() => libpq(`${at("trust")} sslmode=require`).error === null);
});

afterAll(() => certificate.remove());

function hbaMethod(method: (typeof methods)[number]): string {
  return method === "scram" ? "scram-sha-256" : method;
}

/** What libpq and we are given alike. */
function at(method: (typeof methods)[number]): string {
  return `host=127.0.0.1 port=${server.port} dbname=postgres user=by_${method} password=${password}`;
}

/** Why we could not log in; null when we could. */
async function ours(conninfo: string, change: Partial<ConnectionParameters> = {}) {
  const parsed = parseConninfo(conninfo);
  if (!parsed.ok) throw new Error(parsed.error.message);
  const system = { user: "nobody", socketDirectories: [] };
  const connection = { ...resolveConnection(parsed.parameters, system), ...change };
  const secret = connection.password ?? new Secret("");
  const manager = new ConnectionManager();
  manager.add({ ...nodeSettings(server, { connection }), passwords: [{ kind: "inline", secret }] });
  const error = await manager.ready(server.name);
  await manager.stop(0);
  return error;
}

const required = [
  ...["none", "password", "md5", "scram-sha-256", "gss", "none,scram-sha-256", "password,md5,scram-sha-256"],
  ...["!none", "!password", "!md5", "!scram-sha-256", "!none,!password", "!password,!md5,!scram-sha-256"],
];
const bindings = ["disable", "prefer", "require"].flatMap((binding) =>
  ["", " require_auth=scram-sha-256", " require_auth=!scram-sha-256"].map(
    (rule) => `channel_binding=${binding}${rule}`,
  ),
);

test("require_auth and channel_binding let in whom libpq lets in, and nobody else", async () => {
  const rules = [
    ...required.map((rule) => `sslmode=disable require_auth=${rule}`),
    ...bindings.flatMap((rule) => [`sslmode=disable ${rule}`, `sslmode=require ${rule}`]),
  ];
  const verdicts: { conninfo: string; ours: string | null; libpq: string | null }[] = [];
  for (const method of methods)
    for (const rule of rules) {
      const conninfo = `${at(method)} ${rule}`;
      const error = await ours(conninfo);
      verdicts.push({
        conninfo,
        ours: error && `${error.kind}: ${error.message}`,
        libpq: libpq(conninfo).error,
      });
    }
  const unequal = verdicts.filter((verdict) => (verdict.ours === null) !== (verdict.libpq === null));
  expect(unequal).toEqual([]);
  expect(verdicts).toHaveLength(methods.length * (required.length + 2 * bindings.length));
  // Both let in some and refuse some, and what they refuse they refuse for the rule and not for the password.
  const refused = verdicts.filter((verdict) => verdict.libpq !== null);
  expect(refused.length).toBeGreaterThan(40);
  expect(verdicts.length - refused.length).toBeGreaterThan(40);
  for (const verdict of refused) {
    expect(verdict.ours).toMatch(/^auth: (require_auth|channel_binding)=/);
    expect(verdict.libpq).toMatch(/method requirement|channel binding/);
  }
});

test("require_auth is read as libpq reads it", () => {
  const pieces = [...authMethods, ...authMethods, ",", ",", ",", ",", "!", "!", ",!", ",!", " ", "md", "MD5"];
  const texts = randomTexts(4000, pieces, 7);
  const unequal = texts.filter((text) => {
    const refused = libpq(`host=127.0.0.1 port=1 user=u require_auth='${text}'`).error?.includes(
      "require_auth",
    );
    return "found" in parseRequireAuth(text) !== refused;
  });
  expect(unequal).toEqual([]);
  const read = texts.filter((text) => "allowed" in parseRequireAuth(text));
  expect(read.length).toBeGreaterThan(200);
  expect(texts.length - read.length).toBeGreaterThan(200);
});
