import { afterAll, beforeAll, expect, test } from "bun:test";
import { chownSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ConnectionParameters } from "../../src/postgres/conninfo.ts";
import { parseConninfo, resolveConnection } from "../../src/postgres/conninfo.ts";
import { ConnectionManager } from "../../src/services/connection-manager.ts";
import type { ThrowawayServer } from "../../src/services/throwaway-server.ts";
import { Authority, type Signed } from "../support/authority.ts";
import { type CountingRelay, countingRelayTo } from "../support/counting-relay.ts";
import { type LibpqLogin, libpqLogin } from "../support/libpq-login.ts";
import { nodeSettings } from "../support/node-settings.ts";
import { serversForTests, until } from "../support/servers.ts";
import {
  allCases,
  type Case,
  clientCertificates,
  expectedOutcome,
  type Outcome,
  rules,
  serverCertificates,
} from "../support/tls-outcomes.ts";

const servers = serversForTests();
let server: ThrowawayServer;
let without: ThrowawayServer;
let relay: CountingRelay;
let relayWithout: CountingRelay;
let libpq: LibpqLogin;
let ours: Authority;
let foreign: Authority;
let offered: Record<Case["server"], Signed & { readonly days: number }>;
let shown: Record<Case["client"], Signed | null>;

/** One database for each rule: cert lets in whom a certificate of ours names, and nobody else. */
const hba = `local all all trust
hostssl hostssl ann 127.0.0.1/32 cert
hostnossl hostnossl ann 127.0.0.1/32 trust
hostssl "any" ann 127.0.0.1/32 cert
hostnossl "any" ann 127.0.0.1/32 trust
hostssl postgres all 127.0.0.1/32 trust
`;

beforeAll(async () => {
  ours = new Authority("our authority");
  foreign = new Authority("another authority");
  const local = "DNS:localhost";
  const sign = (authority: Authority, days: number, name: string, alternatives?: string) => ({
    ...authority.sign({ name, days, ...(alternatives && { alternatives }) }),
    days,
  });
  offered = {
    good: sign(ours, 2, "server", local),
    expired: sign(ours, -3, "server", local),
    "wrong CA": sign(foreign, 4, "server", local),
    "wrong name": sign(ours, 5, "server", "DNS:other.example"),
    "CN only": sign(ours, 6, "localhost"),
    "IP SAN": sign(ours, 7, "server", "IP:127.0.0.1"),
  };
  shown = {
    none: null,
    good: ours.sign({ name: "ann" }),
    "wrong CA": foreign.sign({ name: "ann" }),
    "other user": ours.sign({ name: "bob" }),
  };
  const bootstrap = ["create role ann login", ...rules.map((rule) => `create database "${rule}"`)];
  server = await servers.lone("matrix", { bootstrap, settings: { ssl_ca_file: "ca.crt" } });
  without = await servers.lone("without", { bootstrap });
  place("ca.crt", ours.crt);
  writeFileSync(join(server.dataDirectory, "pg_hba.conf"), hba);
  relay = await countingRelayTo(server.port);
  relayWithout = await countingRelayTo(without.port);
  libpq = libpqLogin(server.scratch.binaries);
}, 60_000);

afterAll(() => {
  relay.close();
  relayWithout.close();
  ours.remove();
  foreign.remove();
});

function place(name: string, from: string): void {
  const { account } = server.scratch.binaries;
  const file = join(server.dataDirectory, name);
  writeFileSync(file, readFileSync(from), { mode: 0o600 });
  if (account) chownSync(file, account.uid, account.gid);
}

/** Has the server offer a certificate, which is known again by its end. */
async function offer({ crt, key, days }: Signed & { readonly days: number }): Promise<void> {
  place("server.crt", crt);
  place("server.key", key);
  await server.query("alter system set ssl = on");
  await server.query("select pg_catalog.pg_reload_conf()");
  await until(async () => {
    const { tls } = await reach(
      resolved(`host=127.0.0.1 port=${server.port} user=ann dbname=postgres sslmode=require`),
    );
    const daysLeft = ((tls?.expiresAtMs ?? 0) - Date.now()) / 86_400_000;
    return Math.abs(daysLeft - days) < 0.5;
  });
}

/** What libpq and we are given alike. */
function conninfoOf({ mode, rule, server: certificate, client }: Case, port: number): string {
  const files = shown[client];
  return [
    certificate === "IP SAN" ? "host=127.0.0.1" : "host=localhost hostaddr=127.0.0.1",
    `port=${port} dbname=${rule} user=ann sslmode=${mode}`,
    // Without roots nothing is verified, which is what the weaker modes are for.
    mode.startsWith("verify") ? `sslrootcert=${ours.crt}` : "",
    files ? `sslcert=${files.crt} sslkey=${files.key}` : "sslcertmode=disable",
  ].join(" ");
}

function resolved(conninfo: string): ConnectionParameters {
  const parsed = parseConninfo(conninfo);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return resolveConnection(parsed.parameters, {}, { user: "ann", socketDirectories: [] });
}

async function reach(connection: ConnectionParameters) {
  const manager = new ConnectionManager();
  const node = { name: "one", port: connection.port };
  manager.add(nodeSettings(node, { connection }));
  const error = await manager.ready("one");
  const tls = manager.facts("one")?.tls ?? null;
  await manager.stop(0);
  return { error, tls };
}

type Found = {
  readonly ours: Outcome;
  readonly libpq: Outcome;
  readonly verified: boolean | null;
  /** For whoever reads a failure of this test. */
  readonly why: readonly (string | null)[];
};

/** The same case by each of us, in words that compare. */
async function outcomes(one: Case): Promise<Found> {
  const way = one.rule === "none" ? relayWithout : relay;
  const conninfo = conninfoOf(one, way.port);
  const before = way.connections;
  const { error, tls } = await reach(resolved(conninfo));
  const between = way.connections;
  const theirs = libpq(conninfo);
  const after = way.connections;
  const end = (failed: boolean, encrypted: boolean): Outcome["end"] =>
    failed ? "refused" : encrypted ? "TLS" : "plain";
  return {
    ours: { end: end(error !== null, tls !== null), connections: between - before },
    libpq: { end: end(theirs.error !== null, theirs.tls), connections: after - between },
    verified: tls?.verified ?? null,
    why: [error?.message ?? null, theirs.error],
  };
}

let ran = 0;

test.each(serverCertificates.map((certificate) => [certificate] as const))(
  "a server with a certificate that is %s",
  async (certificate) => {
    await offer(offered[certificate]);
    const unlike: unknown[] = [];
    for (const one of allCases().filter((some) => some.server === certificate)) {
      const found = await outcomes(one);
      const expected = expectedOutcome(one);
      const verified = found.ours.end === "TLS" ? one.mode.startsWith("verify") : null;
      if (!Bun.deepEquals([found.ours, found.libpq, found.verified], [expected, expected, verified]))
        unlike.push({ ...one, expected, ...found });
      ran += 1;
    }
    expect(unlike).toEqual([]);
  },
  30_000,
);

test("all of 6 modes, 4 rules, 6 certificates of the server and 4 of ours were tried", () => {
  expect(ran).toBe(6 * rules.length * serverCertificates.length * clientCertificates.length);
  expect(ran).toBe(576);
});
