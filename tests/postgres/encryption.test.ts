import { expect, test } from "bun:test";
import { sslModes } from "../../src/postgres/conninfo/tls-parameters.ts";
import { type Encryption, encryptions, type Failure, nextAttempt } from "../../src/postgres/encryption.ts";

/** How an attempt ends on a server; null is a session. */
type Server = (encryption: Encryption) => Failure | null;

const refused = (sqlstate: string): Failure => ({ kind: "refused", sqlstate });
const noLine = refused("28000");
const servers = {
  "no TLS": (how) => (how === "tls" ? { kind: "tls-declined" } : null),
  "no TLS, nobody let in": (how) => (how === "tls" ? { kind: "tls-declined" } : noLine),
  both: () => null,
  hostssl: (how) => (how === "tls" ? null : noLine),
  hostnossl: (how) => (how === "tls" ? noLine : null),
  "bad certificate": (how) => (how === "tls" ? { kind: "handshake-failed" } : null),
  "wrong password": () => refused("28P01"),
  starting: () => refused("57P03"),
  "cut off": () => ({ kind: "lost" }),
} as const satisfies Record<string, Server>;

/** The steps as PostgreSQL's own tests print them: T and P are attempts, `+` a new socket, `=` the same one. */
function trace(server: Server, host: string, sslmode: (typeof sslModes)[number]): string {
  const allowed = encryptions({ host, hostaddr: null, sslmode });
  const tried: Encryption[] = [];
  let steps = "";
  for (let next = nextAttempt(allowed, tried, { kind: "handshake-failed" }); next; ) {
    tried.push(next.encryption);
    steps += `${next.socket === "same" ? "=" : "+"}${next.encryption === "tls" ? "T" : "P"}`;
    const failure = server(next.encryption);
    if (!failure) return `${steps} in`;
    next = nextAttempt(allowed, tried, failure);
  }
  return `${steps} fail`;
}

const table: Record<keyof typeof servers, readonly [string, string, string, string]> = {
  // disable, allow, prefer, require
  "no TLS": ["+P in", "+P in", "+T=P in", "+T fail"],
  "no TLS, nobody let in": ["+P fail", "+P+T fail", "+T=P fail", "+T fail"],
  both: ["+P in", "+P in", "+T in", "+T in"],
  hostssl: ["+P fail", "+P+T in", "+T in", "+T in"],
  hostnossl: ["+P in", "+P in", "+T+P in", "+T fail"],
  "bad certificate": ["+P in", "+P in", "+T+P in", "+T fail"],
  "wrong password": ["+P fail", "+P fail", "+T fail", "+T fail"],
  starting: ["+P fail", "+P fail", "+T fail", "+T fail"],
  "cut off": ["+P fail", "+P fail", "+T fail", "+T fail"],
};

test.each(Object.entries(table))("a server with %s", (name, [disable, allow, prefer, require]) => {
  const server = servers[name as keyof typeof servers];
  const expected = { disable, allow, prefer, require, "verify-ca": require, "verify-full": require };
  for (const sslmode of sslModes)
    expect(`${sslmode}: ${trace(server, "db.example", sslmode)}`).toBe(`${sslmode}: ${expected[sslmode]}`);
});

test.each(["/var/run/postgresql", "@abstract"])("nobody asks for TLS at the Unix socket %s", (host) => {
  for (const sslmode of sslModes) expect(trace(servers.both, host, sslmode)).toBe("+P in");
});
