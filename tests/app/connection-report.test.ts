import { expect, test } from "bun:test";
import { hostLines, reportLines } from "../../src/app/connections/report.ts";
import { nodeError } from "../../src/postgres/node-error.ts";
import type { ConnectionReport } from "../../src/services/nodes/connection-test.ts";
import type { TestLine } from "../../src/store/connection-test.ts";
import { facts } from "../support/screens/fixtures.ts";

const rights = { monitor: true, connections: 7, missing: [] };
const latencyMs = { connect: 0.44, tls: 3.1, authentication: 5, query: 0.61 };
const print = (lines: readonly TestLine[]) =>
  lines.map(({ label, value, meaning }) => `${label}: ${value}${meaning === "plain" ? "" : ` (${meaning})`}`);
const text = (report: ConnectionReport) => print(reportLines(report));

test("a good report tells each step's time, the server, the role and that nothing is missing", () => {
  const startedAtMs = Date.now() - 3 * 3600_000;
  const started = new Date(startedAtMs).toISOString().slice(0, 16).replace("T", " ");
  expect(text({ ok: true, latencyMs, facts: facts({ startedAtMs }), rights })).toEqual([
    "connect: 0.4 ms",
    "TLS: 3.1 ms",
    "authentication: 5.0 ms",
    "query: 0.6 ms",
    "version: 17.2 (Debian 17.2-1.pgdg120+1)",
    `started: ${started} UTC, 3h ago`,
    "role: primary",
    "encryption: TLS 1.3 verified (ok)",
    "logged in as: monitor, member of pg_monitor",
    "connections: 7 of 400",
    "missing: nothing (ok)",
  ]);
});

test("what a role lacks is told with the way to get it", () => {
  const missing = [
    { what: "pg_stat_statements", without: "statements", fix: "CREATE EXTENSION pg_stat_statements" },
  ];
  const lines = text({
    ok: true,
    latencyMs,
    facts: facts({ inRecovery: true, tls: null, sessionUser: "monitor", user: "bare" }),
    rights: { ...rights, monitor: false, missing },
  });
  expect(lines).toContain("role: standby");
  expect(lines).toContain("encryption: not encrypted");
  expect(lines).toContain("logged in as: monitor as bare, not in pg_monitor (warning)");
  expect(lines.at(-1)).toBe(
    "missing: pg_stat_statements (statements): CREATE EXTENSION pg_stat_statements (warning)",
  );
});

test("a pooler in the way is told", () => {
  const lines = text({ ok: true, latencyMs, facts: facts({ throughPooler: true }), rights });
  expect(lines).toContain("reached: through a pooler");
});

test("what our sessions keep others from doing to the database is told, but not of a standby", () => {
  const harmOf = (more: Parameters<typeof facts>[0]) =>
    text({ ok: true, latencyMs, facts: facts(more), rights }).filter((line) => line.startsWith("database"));
  const [template] = harmOf({ database: "company", isTemplate: true, isShared: true });
  expect(template).toContain("in the template company make CREATE DATABASE fail");
  expect(harmOf({ database: "shop", isShared: true })[0]).toContain("in shop, which others use");
  for (const none of [{ isShared: true }, { database: "own" }, { isTemplate: true, inRecovery: true }])
    expect(harmOf(none)).toEqual([]);
});

test("a failure stands at its step, after those that were come through", () => {
  const error = nodeError("auth", "password authentication failed", "The password is wrong.");
  expect(
    text({ ok: false, latencyMs: { connect: 0.44, authentication: 2 }, step: "authentication", error }),
  ).toEqual([
    "connect: 0.4 ms",
    "authentication: password authentication failed (critical)",
    ": The password is wrong.",
  ]);
});

test("of several hosts each is told in short", () => {
  const good = { ok: true, latencyMs, facts: facts(), rights } as const;
  const error = nodeError("refused", "connection refused", "Is it running?");
  const bad = { ok: false, latencyMs: { connect: 0.1 }, step: "connect", error } as const;
  expect([
    ...print(hostLines({ server: "db1:5432", report: good })),
    ...print(hostLines({ server: "db2:5432", report: bad })),
  ]).toEqual([
    "host: db1:5432 (ok)",
    "all steps: 9.1 ms",
    "version: 17.2 (Debian 17.2-1.pgdg120+1)",
    "role: primary",
    "encryption: TLS 1.3 verified (ok)",
    "logged in as: monitor, member of pg_monitor",
    "missing: nothing (ok)",
    "host: db2:5432 (critical)",
    "connect: connection refused (critical)",
    ": Is it running?",
  ]);
});
