import { describe, expect, test } from "bun:test";
import { problemsOf } from "../config/config-file.ts";

describe("a mistake in discover is told with its place:", () => {
  const cluster = (fields: string) =>
    problemsOf(`nodes: {a: host=h}\nclusters:\n  c:\n    discover: ${fields}\n`);

  test.each([
    [
      "{}",
      "clusters.c.discover: expected a source of members: patroni or srv or command or replication, found none",
    ],
    ["{ node: { user: u } }", "clusters.c.discover: expected a source of members"],
    [
      "{ patroni: [http://h], srv: _pg._tcp.example.com }",
      "clusters.c.discover.srv: expected one source of members, found srv beside patroni",
    ],
    ["{ command: 'members orders' }", "clusters.c.discover.command: expected a list of a program and its"],
    ["{ command: [] }", "clusters.c.discover.command: expected a list of a program and its arguments"],
    ["{ command: { argv: [a] } }", "clusters.c.discover.command: expected a list of a program and its"],
    [
      "{ srv: _pg._tcp.a.b, command: [a] }",
      "clusters.c.discover.command: expected one source of members, found command beside srv",
    ],
    ["{ replication: yes please }", "discover.replication: expected"],
    ["{ replication: false }", "clusters.c.discover.replication: expected true, found false"],
    [
      "{ replication: true }",
      "clusters.c.discover.replication: expected nodes of the cluster, which tell of the others, found none",
    ],
    ["{ srv: localhost }", "clusters.c.discover.srv: expected a name with SRV records"],
    ["{ srv: [_pg._tcp.a.b] }", "clusters.c.discover.srv: expected a name with SRV records"],
    ["{ srv: 'a..b' }", "clusters.c.discover.srv: expected a name with SRV records"],
    [
      "{ srv: _pg._tcp.a.b, sslrootcert: ca.pem }",
      "clusters.c.discover.sslrootcert: expected patroni, which is asked with it, found srv",
    ],
    [
      "{ replication: true, password_env: PW }",
      "clusters.c.discover.password_env: expected patroni, which is asked with it, found replication",
    ],
    [
      "{ patroni: [http://h], username: u }",
      "clusters.c.discover: expected username and a password of Patroni's restapi, found username alone",
    ],
    ["{ patroni: [http://h], password_env: PW }", "found a password alone. Add username"],
    ["{ patroni: [http://h], username: u, password: secret }", "expected a password in quotes"],
    [
      "{ patroni: [http://h], sslcert: client.pem }",
      "clusters.c.discover.sslcert: expected sslcert and sslkey, found one of them",
    ],
    ["{ patroni: [] }", "clusters.c.discover: expected addresses of Patroni's REST API, found none"],
    ["{ patroni: http://h }", "expected a list of addresses, found other text"],
    ["{ patroni: [h:8008] }", "expected an address such as http://db1:8008, without a password"],
    ['{ patroni: ["http://u:pw@h:8008"] }', "without a password, found other text"],
    ["{ patroni: [file:///etc/passwd] }", "expected an address such as http://db1:8008"],
    ["{ patroni: [http://h], adresses: {} }", "Did you mean addresses?"],
    [
      '{ patroni: [http://h], addresses: { "a b": h } }',
      "addresses: expected a host, or host:port, found another key",
    ],
    ['{ patroni: [http://h], addresses: { a: "b,c" } }', "addresses.a: expected a host, or host:port"],
    ["{ patroni: [http://h], node: { host: h } }", "node: expected a known option, found host"],
    ["{ patroni: [http://h], node: { port: 1 } }", "found port. Known here: "],
    ["{ patroni: [http://h], node: { sslmode: wrong } }", "node.sslmode: expected one of disable"],
    ["{ patroni: [http://h], node: { require_auth: wrong } }", "require_auth"],
    [
      "{ patroni: [http://h], node: { thresholds: { long_query: { warning: 2h, critical: 1h } } } }",
      "clusters.c.discover.node.thresholds.long_query: expected a warning that is not above critical",
    ],
  ])("%s", (fields, told) => {
    const problems = cluster(fields);
    expect(problems.join("\n")).toContain(told);
    expect(problems.every((line) => line.startsWith("FILE:"))).toBe(true);
    // A source that is no good is one all the same.
    if (!told.includes("a source of members"))
      expect(problems.join("\n")).not.toContain("a source of members");
    expect(problems.join("\n")).not.toContain("pw@");
  });

  test.each([
    ["node.password", "node: {password: 'secret'}"],
    ["password", "username: u, password: 'secret'"],
  ])("%s in a file that others can read", (option, fields) => {
    const text = `clusters: {c: {discover: {patroni: [http://h], ${fields}}}}\n`;
    expect(problemsOf(text, { mode: 0o644 }).join("\n")).toContain(`clusters.c.discover.${option}:`);
    expect(problemsOf(text)).toEqual([]);
  });

  test("a cluster with neither nodes nor a source", () => {
    expect(problemsOf("nodes: {a: host=h}\nclusters: {c: {default: true}}\n").join("\n")).toContain(
      "clusters.c.nodes: expected a list of node names, found nothing",
    );
  });
});
