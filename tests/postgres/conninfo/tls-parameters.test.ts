import { expect, test } from "bun:test";
import {
  checkParameters,
  environmentParameters,
  parseConninfo,
  resolveConnection,
} from "../../../src/postgres/conninfo/conninfo.ts";
import { givenTls } from "../../../src/postgres/conninfo/tls-parameters.ts";

const system = { user: "ann", socketDirectories: [] };

function parametersOf(text: string) {
  const parsed = parseConninfo(text);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.parameters;
}

test.each([
  ["sslmode=VERIFY-FULL", "sslmode"],
  ["sslnegotiation=direct", "sslnegotiation"],
  ["sslnegotiation=direct sslmode=disable", "sslnegotiation"],
  ["sslnegotiation=direct sslmode=allow", "sslnegotiation"],
  ["sslnegotiation=direct sslmode=prefer", "sslnegotiation"],
  ["sslnegotiation=Direct sslmode=require", "sslnegotiation"],
  ["sslcertmode=always", "sslcertmode"],
  ["ssl_min_protocol_version=SSLv3", "ssl_min_protocol_version"],
  ["ssl_max_protocol_version=1.3", "ssl_max_protocol_version"],
  ["ssl_min_protocol_version=TLSv1.3 ssl_max_protocol_version=TLSv1.2", "ssl_max_protocol_version"],
  // The default of the least is TLSv1.2.
  ["ssl_max_protocol_version=TLSv1.1", "ssl_max_protocol_version"],
  ["sslrootcert=system sslmode=verify-ca", "sslmode"],
] as const)("%s is refused before anything is connected to", (text, keyword) => {
  expect(checkParameters(parametersOf(text)).map((problem) => problem.keyword)).toEqual([keyword]);
});

test.each([
  "sslnegotiation=direct sslmode=require",
  "sslnegotiation=direct sslrootcert=system",
  "sslnegotiation=postgres sslmode=allow",
  "ssl_min_protocol_version=tlsv1.3",
  "ssl_min_protocol_version=TLSv1 ssl_max_protocol_version=TLSv1.1",
  "ssl_max_protocol_version=TLSv1.2",
  "sslcertmode=require sslmode=require sslcrl=/a sslcrldir=/b sslpassword=x sslsni=0",
])("%s is taken", (text) => {
  expect(checkParameters(parametersOf(text))).toEqual([]);
});

test("what is given arrives, and a passphrase is a secret", () => {
  const given = parametersOf(
    "sslmode=verify-ca sslcert=/c sslkey=/k sslpassword=SECRETPW sslcrl=/l sslcertmode=require sslsni=0 " +
      "ssl_min_protocol_version=tlsv1.3 ssl_max_protocol_version=TLSv1.3 sslnegotiation=direct",
  );
  const connection = resolveConnection(
    { ...environmentParameters({ PGSSLCRLDIR: "/d", PGSSLSNI: "1" }), ...given },
    system,
  );
  expect(connection).toMatchObject({
    sslmode: "verify-ca",
    sslcert: "/c",
    sslkey: "/k",
    sslcrl: "/l",
    sslcrldir: "/d",
    sslcertmode: "require",
    sslsni: false,
    sslMinProtocolVersion: "TLSv1.3",
    sslMaxProtocolVersion: "TLSv1.3",
    sslnegotiation: "direct",
  });
  expect(connection.sslpassword?.reveal()).toBe("SECRETPW");
  expect(JSON.stringify(connection)).not.toContain("SECRETPW");
});

test("a string made of the parameters comes to the same", () => {
  for (const text of [
    "sslmode=prefer",
    "sslrootcert=system sslsni=0",
    "sslmode=verify-ca sslcert=/c sslkey=/k sslcrl=/l sslcrldir=/d sslcertmode=require sslnegotiation=direct " +
      "ssl_min_protocol_version=TLSv1.3 ssl_max_protocol_version=TLSv1.3",
  ]) {
    const connection = resolveConnection(parametersOf(text), system);
    expect(resolveConnection(givenTls(connection), system)).toEqual(connection);
  }
  expect(givenTls(resolveConnection({}, system))).toEqual({});
});
