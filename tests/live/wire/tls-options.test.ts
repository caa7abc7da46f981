import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { runProgram } from "../../support/terminal/program.ts";
import { Authority, type Signed } from "../../support/tls/authority.ts";
import { connectAs, connectBoth } from "../../support/tls/both.ts";
import { type CountingRelay, countingRelayTo } from "../../support/tls/counting-relay.ts";
import { type LibpqLogin, libpqLogin } from "../../support/tls/libpq-login.ts";
import { offer, place, reload } from "../../support/tls/tls-server.ts";

const servers = serversForTests();
let server: ThrowawayServer;
let without: ThrowawayServer;
let relay: CountingRelay;
let relayWithout: CountingRelay;
let libpq: LibpqLogin;
let ours: Authority;
let foreign: Authority;
let local: Signed;
let ann: Signed;

/** The database `byname` wants a certificate, `secure` wants TLS and nothing more; bob needs a password. */
const hba = `local all all trust
hostssl byname all 127.0.0.1/32 cert
hostssl secure all 127.0.0.1/32 trust
host postgres bob 127.0.0.1/32 scram-sha-256
host postgres all 127.0.0.1/32 trust
`;

beforeAll(async () => {
  ours = new Authority("our authority");
  foreign = new Authority("another authority");
  local = ours.sign({ name: "server", days: 20, alternatives: "DNS:localhost" });
  ann = ours.sign({ name: "ann" });
  const bootstrap = [
    "create role ann login",
    "create role bob login password 'right'",
    "create database byname",
    "create database secure",
  ];
  server = await servers.lone("options", { bootstrap, settings: { ssl_ca_file: "ca.crt" } });
  without = await servers.lone("without", { bootstrap });
  place(server, "ca.crt", ours.crt);
  writeFileSync(join(server.dataDirectory, "pg_hba.conf"), hba);
  relay = await countingRelayTo(server.port);
  relayWithout = await countingRelayTo(without.port);
  libpq = libpqLogin(server.scratch.binaries);
  await offer(server, local, "ann");
});

afterAll(() => {
  relay.close();
  relayWithout.close();
  ours.remove();
  foreign.remove();
});

const named = "host=localhost hostaddr=127.0.0.1 user=ann";
const shown = () => `sslcert=${ann.crt} sslkey=${ann.key}`;

/** What both come to, which must be the same, and our words when it is a refusal. */
async function both(rest: string, way = relay) {
  const found = await connectBoth(`${named} port=${way.port} ${rest}`, way, libpq);
  expect({ rest, ...found.ours, libpqError: found.libpqError }).toMatchObject({ rest, ...found.libpq });
  return { ...found.ours, tls: found.tls, message: found.error?.message ?? null };
}

/** Why neither of us uses our own files: nobody waits until the relay has seen the connection. */
async function refusedHere(rest: string): Promise<string | null> {
  const found = await connectBoth(`${named} port=${relay.port} ${rest}`, relay, libpq);
  expect([rest, found.ours.end, found.libpq.end]).toEqual([rest, "refused", "refused"]);
  return found.error?.message ?? null;
}

describe("roots", () => {
  test("that are there are used in every mode, and prefer and allow go on as they may", async () => {
    const [good, bad] = [`sslrootcert=${ours.crt}`, `sslrootcert=${foreign.crt}`];
    expect(await both(`dbname=secure sslmode=require ${good}`)).toMatchObject({ tls: { verified: true } });
    expect(await both(`dbname=secure sslmode=require ${bad}`)).toMatchObject({
      end: "refused",
      connections: 1,
      message: "no authority in sslrootcert has signed the server's certificate",
    });
    expect(await both(`dbname=postgres sslmode=prefer ${bad}`)).toMatchObject({
      end: "plain",
      connections: 2,
    });
    expect(await both(`dbname=secure sslmode=prefer ${bad}`)).toMatchObject({
      end: "refused",
      connections: 2,
      message: "no authority in sslrootcert has signed the server's certificate",
    });
    expect(await both(`dbname=secure sslmode=allow ${good}`)).toMatchObject({
      connections: 2,
      tls: { verified: true },
    });
  });

  test("are needed by verify-ca and verify-full, and by no other mode", async () => {
    for (const mode of ["verify-ca", "verify-full"])
      expect(await refusedHere(`dbname=secure sslmode=${mode}`)).toBe(
        `sslmode=${mode} needs a root certificate`,
      );
    expect(await both("dbname=secure sslmode=require")).toMatchObject({ tls: { verified: false } });
  });

  test("of the system vouch for a name only", async () => {
    expect(await both("dbname=secure sslrootcert=system")).toMatchObject({ end: "refused", connections: 1 });
    const way = `port=${server.port} dbname=secure user=ann sslrootcert=system`;
    const checked = async (host: string) => {
      const target = `host=${host} hostaddr=127.0.0.1 ${way}`;
      const { stdout } = await runProgram(["check", "--format", "json", target], { SSL_CERT_FILE: ours.crt });
      return JSON.parse(stdout).nodes[0];
    };
    const certificateEndsAt = new Date(local.endsAtMs).toISOString();
    expect(await checked("localhost")).toMatchObject({
      tls: { verified: true, certificateEndsAt },
      alerts: [{ rule: "certificate_expiry", severity: "warning" }],
    });
    expect(await checked("other.example")).toMatchObject({
      error: { kind: "tls", message: "the server's certificate is for localhost, not for other.example" },
    });
  });

  test("and certificates of ~/.postgresql count when none is named", async () => {
    const home = join(server.folder, "home");
    mkdirSync(join(home, ".postgresql"), { recursive: true });
    const put = (name: string, from: string) => copyFileSync(from, join(home, ".postgresql", name));
    const before = process.env["HOME"];
    process.env["HOME"] = home;
    try {
      const byName = `host=127.0.0.1 port=${server.port} user=ann dbname=byname`;
      put("root.crt", ours.crt);
      expect(await connectAs(`${byName} sslmode=verify-ca`)).toMatchObject({ error: { kind: "auth" } });
      put("postgresql.crt", ann.crt);
      expect(await connectAs(`${byName} sslmode=require`)).toMatchObject({
        error: { message: expect.stringContaining("there is no key for the certificate") },
      });
      put("postgresql.key", ann.key);
      expect(await connectAs(`${byName} sslmode=require`)).toMatchObject({ tls: { verified: true } });
      put("root.crl", ours.revoke(ours.sign({ name: "somebody" })));
      expect(await connectAs(`${byName} sslmode=require`)).toMatchObject({ tls: { verified: true } });
      put("root.crt", foreign.crt);
      expect(await connectAs(`${byName} sslmode=require`)).toMatchObject({ error: { kind: "tls" } });
    } finally {
      if (before === undefined) delete process.env["HOME"];
      else process.env["HOME"] = before;
    }
  });
});

test("check says of each node how it is encrypted", async () => {
  const target = (rest: string) => `${named} port=${server.port} ${rest}`;
  const { stdout } = await runProgram([
    "check",
    target(`dbname=postgres sslmode=verify-full sslrootcert=${ours.crt}`),
    target("dbname=secure sslmode=require"),
    target("dbname=postgres user=monitor sslmode=disable"),
  ]);
  const said = ["TLS 1.3 verified", "TLS not verified", "not encrypted"];
  expect([...stdout.matchAll(new RegExp(said.join("|"), "g"))].map(([found]) => found)).toEqual(said);
});

describe("names", () => {
  test("of a certificate are compared by libpq's rules", async () => {
    const cases: readonly (readonly [
      name: string,
      alternatives: string | null,
      host: string,
      end: string,
    ])[] = [
      ["localhost", "IP:127.0.0.1", "localhost", "TLS"],
      ["localhost", "IP:127.0.0.1", "127.0.0.1", "TLS"],
      ["localhost", "DNS:other.example", "localhost", "refused"],
      ["127.0.0.1", null, "127.0.0.1", "TLS"],
      ["127.0.0.1", "IP:10.0.0.1", "127.0.0.1", "refused"],
      ["server", "DNS:*.example", "db.example", "TLS"],
      ["server", "DNS:*.example", "a.db.example", "refused"],
      ["server", "DNS:127.0.0.1", "127.0.0.1", "TLS"],
    ];
    for (const [at, [name, alternatives, host, end]] of cases.entries()) {
      await offer(server, ours.sign({ name, days: 40 + at, ...(alternatives && { alternatives }) }), "ann");
      const way = `host=${host} hostaddr=127.0.0.1 sslmode=verify-full sslrootcert=${ours.crt} dbname=secure`;
      expect([name, alternatives, host, (await both(way)).end]).toEqual([name, alternatives, host, end]);
    }
    await offer(server, local, "ann");
  });
});

describe("our certificate", () => {
  test("is shown with a key in any form that libpq reads", async () => {
    const [locked, der] = [ours.withForm(ann, "encrypted", "right"), ours.withForm(ann, "der")];
    const way = (key: string) => `dbname=byname sslmode=require sslcert=${ann.crt} sslkey=${key}`;
    for (const rest of [`${way(locked)} sslpassword=right`, way(der), `${way(ann.key)} sslpassword=needless`])
      expect(await both(rest)).toMatchObject({ end: "TLS", connections: 1 });
    const wrong = `${way(locked)} sslpassword=nottheone`;
    expect(await refusedHere(wrong)).toBe(`wrong passphrase of ${locked}`);
    // libpq would ask whoever sits at the terminal.
    const { error } = await connectAs(`${named} port=${server.port} ${way(locked)}`);
    expect(error?.message).toBe(`TLS wants the passphrase of ${locked}`);
    expect(await refusedHere(way(local.key))).toBe("sslkey is not the key of sslcert");
    expect(await refusedHere(way(ann.crt))).toBe(`the key ${ann.crt} may be used by others`);
    expect(await refusedHere(way(`${ann.key}.none`))).toBe(`${ann.key}.none is not there`);
  });

  test("is kept back by sslcertmode=disable and insisted on by require", async () => {
    const ask = (database: string, mode: string, more: string, way = relay) =>
      both(`dbname=${database} sslmode=require sslcertmode=${mode} ${more}`, way);
    expect(await ask("byname", "allow", shown())).toMatchObject({ end: "TLS" });
    expect(await ask("byname", "disable", shown())).toMatchObject({ end: "refused" });
    expect(await ask("secure", "require", shown())).toMatchObject({ end: "TLS" });
    expect(await ask("secure", "require", "")).toMatchObject({ end: "refused" });
    const plain = await both(`dbname=secure sslmode=prefer sslcertmode=require ${shown()}`, relayWithout);
    expect(plain).toMatchObject({
      end: "refused",
      message: "sslcertmode=require, but the server took no certificate",
    });
  });
});

test("a file that holds something else is refused by its name, in every mode", async () => {
  const way = (rest: string) =>
    connectAs(`${named} port=${server.port} dbname=postgres sslmode=prefer ${rest}`);
  const refused = async (rest: string) => (await way(rest)).error?.message;
  expect(await refused(`sslrootcert=${ann.key}`)).toBe(`${ann.key} holds no certificate`);
  const roots = `sslrootcert=${ours.crt}`;
  expect(await refused(`${roots} sslcrl=${ann.crt}`)).toBe(`${ann.crt} holds no list of certificates`);
  expect(await refused(`${roots} sslcrldir=${ann.crt}`)).toBe(`cannot read the folder ${ann.crt}`);
  expect(await refused(`sslcert=${ann.key} sslkey=${ann.key}`)).toBe(`${ann.key} holds no certificate`);
  expect(await refused(`sslcert=${server.folder} sslkey=${ann.key}`)).toBe(`${server.folder} is a directory`);
});

describe("revocation", () => {
  test("is looked up in sslcrl and sslcrldir", async () => {
    const taken = ours.sign({ name: "server", days: 60, alternatives: "DNS:localhost" });
    const list = ours.revoke(taken);
    const folder = ours.hashed(list);
    const way = (more: string) => both(`dbname=secure sslmode=verify-full sslrootcert=${ours.crt} ${more}`);
    for (const lists of [`sslcrl=${list}`, `sslcrldir=${folder}`])
      expect(await way(lists)).toMatchObject({ end: "TLS" });
    await offer(server, taken, "ann");
    expect(await way("")).toMatchObject({ end: "TLS" });
    for (const lists of [`sslcrl=${list}`, `sslcrldir=${folder}`])
      expect(await way(lists)).toMatchObject({
        end: "refused",
        connections: 1,
        message: "the server's certificate was revoked",
      });
    await offer(server, local, "ann");
  });
});

// libpq tells it again to whoever listens, and an account that is locked after three tries is locked after two.
test("a wrong password is not tried again in the other way, unlike libpq's", async () => {
  for (const mode of ["prefer", "allow"]) {
    const way = `host=127.0.0.1 port=${relay.port} dbname=postgres user=bob sslmode=${mode}`;
    const found = await connectBoth(`${way} password=wrong`, relay, libpq);
    expect(found.error).toMatchObject({ kind: "auth", sqlstate: "28P01" });
    expect([found.ours.connections, found.libpq.connections]).toEqual([1, 2]);
    const right = await connectBoth(`${way} password=right`, relay, libpq);
    expect(right.ours).toEqual(right.libpq);
  }
});

describe("the handshake", () => {
  test("begins at once with sslnegotiation=direct", async () => {
    const direct = "dbname=secure sslnegotiation=direct";
    expect(await both(`${direct} sslmode=require`)).toMatchObject({ end: "TLS", connections: 1 });
    expect(await both(`${direct} sslmode=verify-full sslrootcert=${ours.crt}`)).toMatchObject({ end: "TLS" });
    expect(await both(`${direct} sslmode=require`, relayWithout)).toMatchObject({
      end: "refused",
      connections: 1,
      message: "the server does not take TLS without being asked first",
    });
  });

  test("keeps to the versions of both sides", async () => {
    const way = (versions: string) => both(`dbname=secure sslmode=require ${versions}`);
    expect((await way("ssl_max_protocol_version=TLSv1.2")).tls?.protocol).toBe("TLSv1.2");
    expect((await way("ssl_min_protocol_version=TLSv1.3")).tls?.protocol).toBe("TLSv1.3");
    await server.query("alter system set ssl_max_protocol_version = 'TLSv1.2'");
    await reload(server);
    await until(async () => (await way("")).tls?.protocol === "TLSv1.2");
    expect(await way("ssl_min_protocol_version=TLSv1.3")).toMatchObject({
      end: "refused",
      connections: 1,
      message: "the server and we have no version of TLS in common",
    });
  });
});
