import { afterAll, beforeAll, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { serversForTests } from "../../support/servers/servers.ts";
import { Authority, type Signed } from "../../support/tls/authority.ts";
import { connectBoth } from "../../support/tls/both.ts";
import { type CountingRelay, countingRelayTo } from "../../support/tls/counting-relay.ts";
import { type LibpqLogin, libpqLogin } from "../../support/tls/libpq-login.ts";
import {
  allCases,
  type Case,
  clientCertificates,
  expectedOutcome,
  rules,
  serverCertificates,
} from "../../support/tls/tls-outcomes.ts";
import { offer, place } from "../../support/tls/tls-server.ts";

const servers = serversForTests();
let server: ThrowawayServer;
let without: ThrowawayServer;
let relay: CountingRelay;
let relayWithout: CountingRelay;
let libpq: LibpqLogin;
let ours: Authority;
let foreign: Authority;
let offered: Record<Case["server"], Signed>;
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
  offered = {
    good: ours.sign({ name: "server", days: 2, alternatives: local }),
    expired: ours.sign({ name: "server", days: -3, alternatives: local }),
    "wrong CA": foreign.sign({ name: "server", days: 4, alternatives: local }),
    "wrong name": ours.sign({ name: "server", days: 5, alternatives: "DNS:other.example" }),
    "CN only": ours.sign({ name: "localhost", days: 6 }),
    "IP SAN": ours.sign({ name: "server", days: 7, alternatives: "IP:127.0.0.1" }),
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
  place(server, "ca.crt", ours.crt);
  writeFileSync(join(server.dataDirectory, "pg_hba.conf"), hba);
  relay = await countingRelayTo(server.port);
  relayWithout = await countingRelayTo(without.port);
  libpq = libpqLogin(server.scratch.binaries);
});

afterAll(() => {
  relay.close();
  relayWithout.close();
  ours.remove();
  foreign.remove();
});

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

let ran = 0;

test.each(serverCertificates.map((certificate) => [certificate] as const))(
  "a server with a certificate that is %s",
  async (certificate) => {
    await offer(server, offered[certificate], "ann");
    const unlike: unknown[] = [];
    for (const one of allCases().filter((some) => some.server === certificate)) {
      const way = one.rule === "none" ? relayWithout : relay;
      const found = await connectBoth(conninfoOf(one, way.port), way, libpq);
      const expected = expectedOutcome(one);
      const verified = found.ours.end === "TLS" ? one.mode.startsWith("verify") : undefined;
      if (!Bun.deepEquals([found.ours, found.libpq, found.tls?.verified], [expected, expected, verified]))
        unlike.push({ ...one, expected, ...found });
      ran += 1;
    }
    expect(unlike).toEqual([]);
  },
);

test("all of 6 modes, 4 rules, 6 certificates of the server and 4 of ours were tried", () => {
  expect(ran).toBe(6 * rules.length * serverCertificates.length * clientCertificates.length);
  expect(ran).toBe(576);
});
