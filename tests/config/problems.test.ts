import { describe, expect, test } from "bun:test";
import { loadSettings } from "../../src/config/load.ts";
import { cpuMsOf } from "../support/cpu-time.ts";
import { problemsOf, settingsOf } from "./config-file.ts";

const dollar = "$";

test("every problem is told at once, with its place, what was expected and found, and a fix", () => {
  const text = `refresh: 10
theme: drak
nodes:
  db1:
    host: h
    prot: 5432
    port: 99999
  db2: host=a,b port=1,2,3
  db3:
    host: ""
clusters:
  main:
    nodes: [db1, db9]
  spare:
    nodes: [db1]
`;
  expect(problemsOf(text)).toEqual([
    "FILE:1:10: refresh: expected a time with its unit from 250ms to 1h, found 10. For example: refresh: 1s.",
    "FILE:2:8: theme: expected one of dark, light, high-contrast, colour-blind, found drak. For example: theme: dark.",
    "FILE:6:5: nodes.db1: expected a known option, found prot. Did you mean port?",
    "FILE:7:11: nodes.db1.port: expected a whole number from 1 to 65535, found 99999. For example: port: 5432.",
    "FILE:8:8: nodes.db2: expected one port, or one for each host, found another number of ports. Change or remove port. In a URI's password write %2F for /.",
    "FILE:10:11: nodes.db3.host: expected a host name, an address or a socket directory, found empty text. For example: host: db1.example.com.",
    "FILE:13:18: clusters.main.nodes.1: expected the name of a node, found db9. Did you mean db1?",
    "FILE:15:13: clusters.spare.nodes.0: expected a node that is in no other place, found db1, listed in main already. Remove one.",
  ]);
});

test.each([
  ["nodes:\n  a: host=h\n  a: host=i\n", "FILE:3:3: nodes: expected each name once"],
  [
    "theme: dark\nnodes: {a: {host: h, host: i}}\ntheme: light\n",
    "FILE:2:22: nodes.a: expected each name once",
  ],
  ["theme: dark\nnodes: {}\ntheme: light\n", "FILE:3:1: expected each name once"],
  ['nodes:\n  1: host=h\n  "1": host=i\n', "FILE:3:3: nodes: expected each name once"],
  ["nodes:\n  - host=h\n", "FILE:2:3: nodes: expected a map of options, found a list"],
  ["nodes:\n  a:\n", "nodes.a: expected a map of options, found nothing"],
  ["nodes:\n  a: 5\n", "nodes.a: expected a map of options, found a number without quotes"],
  ["nodes: {a: {host: h, database: '', user: ''}}", "nodes.a.database: expected the name of a database"],
  ["nodes: {a: {host: h}}\nclusters: {c: {nodes: a}}", "clusters.c.nodes: expected a list of node names"],
  ["nodes: {a: {host: h}}\nclusters: {c: {nodes: []}}", "clusters.c.nodes: expected at least one node"],
  [
    "nodes: {a: {host: h}}\nclusters: {c: {}}",
    "clusters.c.nodes: expected a list of node names, found nothing",
  ],
  ["nodes: {a: {connection: host=h, port: 1}}", "nodes.a.connection: expected a connection string or fields"],
  ["nodes: {a: {host: h, colour: pink}}", "nodes.a.colour: expected one of red, green"],
  ["nodes: {a: {host: h, sslmode: on}}", "nodes.a.sslmode: expected one of disable, allow"],
  [
    "nodes: {a: postgres:///?requirepeer=ana}",
    "expected a keyword that pgparade supports, found requirepeer, not supported yet",
  ],
  [
    "thresholds: {replication_lag: {warning: 2min, critical: 1min}}",
    "thresholds.replication_lag: expected a warning",
  ],
  [
    "thresholds: {certificate_expiry: {warning: 1d, critical: 7d}}",
    "expected a warning that is not below critical",
  ],
  [
    "clusters: {c: {nodes: [a], thresholds: {replication_lag: {warning: 2min}}}}\nnodes: {a: {host: h}}",
    "clusters.c.thresholds.replication_lag: expected a warning that is not above critical",
  ],
  [
    "groups: {g: {thresholds: {replication_lag: {warning: 2min}}}}\nnodes: {a: {host: h, group: g}}",
    "groups.g.thresholds.replication_lag: expected a warning that is not above critical",
  ],
  ["thresholds: {receiver_down: {for: 3}}", "expected a time with its unit from 0s to 1d, found 3"],
  ["thresholds: {replication_lga: {warning: 2s}}", "Did you mean replication_lag?"],
  ["thresholds: {connections_used: {warning: 101%}}", "expected a share from 0% to 100%, or off, found 101%"],
  ["- a\n", "expected a map of options, found a list"],
  ["refresh: [1s\n", "FILE:2:1: expected lines of one map to start in one column"],
  ["refresh: '1s\n", "expected valid YAML, found a syntax error"],
  ["refresh: !evil 1s\n", "FILE:1:10: expected plain values, found a YAML tag"],
  ["refresh: 1s\n---\nrefresh: 2s\n", "expected one document"],
  ['nodes:\n  "a\\e[2J": {host: h}\n', "FILE:2:3: nodes: expected a plain name"],
  ["nodes:\n  __proto__: {host: h}\n", "FILE:2:3: nodes: expected a plain name"],
  ["nodes:\n  constructor:\n    host: h\n", "FILE:2:3: nodes: expected a plain name"],
  ["clusters: {toString: {nodes: []}}\n", "FILE:1:12: clusters: expected a plain name"],
  ["groups:\n  valueOf:\n    folded: true\n", "FILE:2:3: groups: expected a plain name"],
  ["nodes: {a: {host: h, group: hasOwnProperty}}\n", "FILE:1:29: nodes.a.group: expected a name"],
  ["nodes: {a: {host: h}}\nclusters: {c: {nodes: [constructor]}}\n", "FILE:2:24: clusters.c.nodes"],
  [
    `refresh: ${dollar}{NONE}\n`,
    "FILE:1:10: refresh: expected NONE to be set, found no such variable. Export it",
  ],
  [`theme: ${dollar}{NONE\n`, "FILE:1:8: theme: expected"],
])("%p is refused", (text, problem) => {
  const problems = problemsOf(text);
  expect(problems.join("\n")).toContain(problem);
});

test("one problem is told once", () => {
  expect(problemsOf(`nodes:\n  a: ${dollar}{NONE}\n  b: {host: h}\n`)).toHaveLength(1);
  const order =
    "thresholds: {replication_lag: {warning: 2min, critical: 1min}}\nnodes: {a: {host: h}, b: {host: i}}";
  expect(problemsOf(order)).toHaveLength(1);
});

test("an unknown cluster or group lists those that are known", () => {
  const text = "nodes: {a: {host: h, group: g}}\nclusters: {main: {nodes: [a]}}";
  expect(problemsOf(text, { flags: { cluster: "mian" } })).toEqual([
    "--cluster: expected one of main, found another name. Did you mean main?",
  ]);
  expect(problemsOf(text, { environment: { PGPARADE_GROUP: "zzzz" } })).toEqual([
    "PGPARADE_GROUP: expected one of g, found zzzz. Name a group that the config file has.",
  ]);
});

describe("hostile files end quickly in a problem", () => {
  const bomb = Array.from({ length: 12 }, (_, level) =>
    level === 0
      ? "a0: &a0 [x, x]"
      : `a${level}: &a${level} [${"*a".concat(String(level - 1), ", ").repeat(9)}]`,
  ).join("\n");

  test.each([
    ["a bomb of aliases", bomb],
    ["an alias inside itself", "nodes: &n\n  a: *n\n"],
    ["brackets without end", "nodes: ".concat("[".repeat(20_000), "]".repeat(20_000))],
  ])("%s", (_, text) => {
    let problems: string[] = [];
    expect(
      cpuMsOf(() => {
        problems = problemsOf(text);
      }),
    ).toBeLessThan(5000);
    expect(problems[0]).toMatch(/^FILE:1:1: expected at most|expected/);
  });

  test("bytes that are not text, and too many of them", () => {
    expect(problemsOf(`refresh: 1s # ${"x".repeat(1024 ** 2)}`)[0]).toContain(
      "found a file of more than 1 MB",
    );
  });
});

describe("passwords", () => {
  test("must be text in quotes, or one variable", () => {
    for (const password of ["SECRETPW", "SECRETPW #cd", "0123", "true"]) {
      const problems = problemsOf(`nodes:\n  a:\n    host: h\n    password: ${password}\n`);
      expect(problems).toHaveLength(1);
      expect(problems[0]).toStartWith("FILE:4:15: nodes.a.password: expected a password in quotes");
      expect(problems[0]).not.toContain("SECRETPW");
    }
    expect(problemsOf("nodes:\n  a: host=h password=SECRETPW #cd\n").join()).toContain("one without quotes");
    const environment = { PW: "x #y" };
    const settings = settingsOf(`nodes:\n  a:\n    host: h\n    password: ${dollar}{PW}\n`, { environment });
    expect(settings.nodes[0]?.connection.password?.reveal()).toBe("x #y");
  });

  test.each([
    'nodes: {a: {host: h, password: "SECRETPW"}}',
    'defaults: {password: "SECRETPW"}\nnodes: {a: {host: h}}',
    "nodes: {a: 'postgres://u:SECRETPW@h'}",
    "nodes: {a: {connection: 'host=h password=SECRETPW'}}",
    `nodes: {a: {host: h, password: "${dollar}{NONE:-SECRETPW}"}}`,
    "nodes: {a: 'host=h sslkey=/k sslpassword=SECRETPW'}",
  ])("in a file that others can read are refused: %p", (text) => {
    for (const mode of [0o640, 0o604, 0o644]) {
      const problems = problemsOf(text, { mode });
      expect(problems).toHaveLength(1);
      expect(problems[0]).toContain(`found mode 0${mode.toString(8)}. Run chmod 600`);
      expect(problems[0]).not.toContain("SECRETPW");
    }
    expect(problemsOf(text)).toEqual([]);
  });

  test("from variables may be named in a file that others can read", () => {
    const text = `nodes:\n  a: "postgres://u:${dollar}{PW}@h"\n  b: {host: h, password: "${dollar}{PW}"}\n`;
    expect(problemsOf(text, { mode: 0o644, environment: { PW: "pw" } })).toEqual([]);
  });

  test("do not show in any error", () => {
    const pieces = [
      'nodes: {a: {host: h, password: "SECRETPW}}',
      "nodes: {a: {host: h, pasword: SECRETPW}}",
      "nodes: {a: {host: h, port: SECRETPW}}",
      "nodes: {a: {password: [SECRETPW]}}",
      "nodes: [postgres://u:SECRETPW@h]",
      "nodes:\n  postgres://u:SECRETPW@h:\n",
      "nodes:\n  a: postgres://u:SECRETPW@h:x/d\n",
      "nodes:\n  a: postgres://u:SECRETPW@h/%zz\n",
      "nodes:\n  a: host=h password=SECRETPW x\n",
      "nodes:\n  a: host=h password=my SECRETPW=1\n",
      "password: SECRETPW",
      "nodes: {a: {host: postgres://u:SECRETPW@h, sslmode: SECRETPW}}",
      "nodes:\n  a: @SECRETPW\n",
      'nodes:\n  a: "\\qSECRETPW"\n',
      "nodes: *SECRETPW\n",
      "nodes: !SECRETPW x\n",
      "clusters: {a: {nodes: ['postgres://u:SECRETPW@h']}}",
      `theme: ${dollar}{PW}`,
      `nodes:\n  a:\n    port: ${dollar}{PW}\n`,
    ];
    for (const text of pieces) {
      const problems = problemsOf(text, { environment: { PW: "SECRETPW" } });
      expect(problems.length, text).toBeGreaterThan(0);
      expect(problems.join("\n"), text).not.toContain("SECRETPW");
    }
  });
});

test("a file that others can change is a warning", () => {
  expect(settingsOf("nodes: {a: {host: h}}", { mode: 0o622 }).warnings.join()).toContain("chmod go-w");
  expect(settingsOf("nodes: {a: {host: h}}", { mode: 0o644 }).warnings).toEqual([]);
});

test("a name that no file can have is told as one that is not there", () => {
  const loaded = loadSettings({ config: "x".repeat(300) }, [], {});
  expect(loaded.ok ? "" : loaded.error.message).toContain("found no such file");
});
