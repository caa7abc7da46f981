import { describe, expect, test } from "bun:test";
import { problemsOf, settingsOf } from "./config-file.ts";

function only(target: string, environment: Record<string, string> = {}, file = "") {
  const settings = settingsOf(file, { targets: [target], environment });
  const [node] = settings.nodes;
  if (!node) throw new Error("no node");
  return { ...node, warnings: settings.warnings };
}

describe("connect_timeout", () => {
  test.each<[string, Record<string, string>, string, object]>([
    ["host=h", {}, "", { connectTimeoutMs: 3000, acquireTimeoutMs: 3000 }],
    ["host=h connect_timeout=10", {}, "", { connectTimeoutMs: 10_000, acquireTimeoutMs: 10_000 }],
    ["host=h connect_timeout=1", {}, "", { connectTimeoutMs: 1000, acquireTimeoutMs: 3000 }],
    ["host=h", { PGCONNECT_TIMEOUT: "7" }, "", { connectTimeoutMs: 7000 }],
    ["host=h connect_timeout=0", { PGCONNECT_TIMEOUT: "7" }, "", { connectTimeoutMs: 3000 }],
    [
      "host=h connect_timeout=10",
      {},
      "defaults: { pool: { connect_timeout: 2s, acquire_timeout: 4s } }",
      { connectTimeoutMs: 2000, acquireTimeoutMs: 4000 },
    ],
    ["host=h connect_timeout=10", { PGPARADE_POOL_CONNECT_TIMEOUT: "5s" }, "", { connectTimeoutMs: 5000 }],
  ])("of %p with %p and %p", (target, environment, file, pool) => {
    expect(only(target, environment, file).pool).toMatchObject(pool);
  });
});

test.each<[string, Record<string, string>, object]>([
  ["host=h", {}, { applicationName: "pgparade", options: null, keepalives: true }],
  ["host=h application_name=ours", { PGAPPNAME: "env" }, { applicationName: "ours" }],
  ["host=h fallback_application_name=fall", { PGAPPNAME: "env" }, { applicationName: "env" }],
  ["host=h fallback_application_name=fall", {}, { applicationName: "fall" }],
  ["host=h", { PGOPTIONS: "-c geqo=off" }, { options: "-c geqo=off" }],
  ["host=h keepalives=0", {}, { keepalives: false }],
  [
    "host=h keepalives_idle=30 tcp_user_timeout=100",
    {},
    { keepalivesIdleSeconds: 30, tcpUserTimeoutMs: 100 },
  ],
  [
    "host=h keepalives_count=4 keepalives_interval=0",
    {},
    { keepalivesCount: 4, keepalivesIntervalSeconds: null },
  ],
  ["host=h", { PGCHANNELBINDING: "require" }, { channelBinding: "require" }],
  ["host=h", { PGREQUIREAUTH: "none" }, { requireAuth: { text: "none", allowed: ["none"] } }],
  ["host=h hostaddr=10.0.0.1", {}, { host: "h", hostaddr: "10.0.0.1" }],
  ["", { PGHOSTADDR: "::1" }, { host: "::1", hostaddr: "::1" }],
  ["host=@own", {}, { host: "@own" }],
])("%p with %p is honoured", (target, environment, connection) => {
  expect(only(target || "port=5432", environment).connection).toMatchObject(connection);
});

test.each(["SQL_ASCII", "latin1"])("client_encoding=%s is replaced, with a warning", (encoding) => {
  expect(only(`host=h client_encoding=${encoding}`).warnings).toEqual([
    "TARGET 1: client_encoding is ignored, the session converts nothing",
  ]);
  expect(only("host=h", { PGCLIENTENCODING: encoding }).warnings[0]).toStartWith("PGCLIENTENCODING: ");
});

test("PGHOSTADDR that leads every node elsewhere is a warning", () => {
  const environment = { PGHOSTADDR: "10.0.0.1" };
  const warning = "PGHOSTADDR: connections go there, whatever their host is";
  expect(settingsOf("nodes: { a: host=a, b: host=b }", { environment }).warnings).toEqual([warning]);
  expect(only("user=ana", { ...environment, PGHOST: "h" }).warnings).toEqual([]);
  expect(only("host=h hostaddr=10.0.0.2", environment).warnings).toEqual([]);
});

test.each(["utf8", "UTF-8", "Unicode", "auto"])("client_encoding=%s is as it is", (encoding) => {
  expect(only(`host=h client_encoding=${encoding}`).warnings).toEqual([]);
});

test.each([
  ["hostaddr=db1", "an IPv4 or IPv6 address"],
  ["connect_timeout=3s", "a whole number of seconds"],
  ["keepalives_idle=x", "a whole number of seconds"],
  ["tcp_user_timeout=1.5", "a whole number of milliseconds"],
  ["target_session_attrs=master", "any, read-write, read-only, primary, standby, prefer-standby"],
  ["load_balance_hosts=yes", "disable, random"],
])("%s is refused", (text, expected) => {
  const [keyword] = text.split("=");
  expect(problemsOf("", { targets: [`host=h ${text}`] })).toEqual([
    `TARGET 1: expected ${expected}, found something else. Change or remove ${keyword}.`,
  ]);
});

test.each(["target_session_attrs=primary", "load_balance_hosts=random", "max_protocol_version=latest"])(
  "%s is taken",
  (text) => {
    expect(only(`host=h ${text}`).connection.host).toBe("h");
  },
);

test("keywords of TLS are fields of a node and of defaults", () => {
  const file = `
defaults: { sslmode: require, sslnegotiation: direct, ssl_min_protocol_version: TLSv1.3 }
nodes:
  one: { host: a, sslcrl: /revoked.pem, sslcertmode: require }
  two: { host: b, sslnegotiation: postgres, ssl_max_protocol_version: TLSv1.3 }
`;
  expect(settingsOf(file).nodes.map(({ connection }) => connection)).toMatchObject([
    {
      sslnegotiation: "direct",
      sslMinProtocolVersion: "TLSv1.3",
      sslcrl: "/revoked.pem",
      sslcertmode: "require",
    },
    { sslnegotiation: "postgres", sslMaxProtocolVersion: "TLSv1.3" },
  ]);
  const found = problemsOf("nodes: { a: { host: h, sslmode: prefer, sslnegotiation: direct } }");
  expect(found).toEqual([
    expect.stringMatching(/nodes\.a\.sslnegotiation: expected postgres unless sslmode is require/),
  ]);
});

describe("require_auth and channel_binding", () => {
  const file = `
defaults: { require_auth: scram-sha-256, channel_binding: require }
nodes:
  strict: host=a
  own: { host: b, require_auth: "md5,password", channel_binding: disable }
  string: host=c require_auth=!none
`;

  test("are fields of a node and of defaults, and a string goes before defaults", () => {
    const rules = settingsOf(file).nodes.map(({ connection: { requireAuth, channelBinding } }) => [
      requireAuth?.text,
      channelBinding,
    ]);
    expect(rules).toEqual([
      ["scram-sha-256", "require"],
      ["md5,password", "disable"],
      ["!none", "require"],
    ]);
  });

  test("are refused at their place when they mean nothing", () => {
    const found = problemsOf("nodes: { a: { host: h, require_auth: 'scram,!md5' } }");
    expect(found).toEqual([
      expect.stringMatching(/nodes\.a\.require_auth: .* found methods with and without !/),
    ]);
  });
});
