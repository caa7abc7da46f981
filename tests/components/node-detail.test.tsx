import { expect, test } from "bun:test";
import { nodeError } from "../../src/postgres/node-error.ts";
import { facts, node, observed, pulse, standby, stateOf, unreached } from "../support/screens/fixtures.ts";
import { at, draw } from "../support/screens/screens.tsx";

test("all of what is wrong with a node, and what to do about it, is told at 60 columns", () => {
  const hint =
    "It shows ssh-ed25519 SHA256:UcVLq6GqSbwMqHWG6Xs1PTdlFDYZjg5WL299sZnN9VU, and /home/me/.ssh/known_hosts:1 " +
    "knows another. Somebody may stand in between. Only if you know why it changed: " +
    "ssh-keygen -f /home/me/.ssh/known_hosts -R '[127.0.0.1]:29373'";
  const error = nodeError("tunnel", "changed key of ssh host bastion.example.com:29373", hint);
  const seen = observed([unreached("a", "reconnecting", error)]);
  const rows = draw(stateOf(seen, { columns: 60, rows: 20, ...at({ kind: "node", node: "a" }) }));
  const text = rows.join(" ").replace(/\s+/g, " ");
  expect(text).toContain(error.message);
  expect(text).toContain(hint);
});

const screenOf = (entry: Parameters<typeof observed>[0][number], place: object) =>
  draw(stateOf(observed([entry]), { columns: 160, rows: 30, ...place })).join("\n");

test("what is unknown of a node, and why, stands on its page and as its issue", () => {
  const reason = "sessions of other roles are hidden: GRANT pg_monitor TO bare";
  const unseen = node("a", {
    facts: facts({ user: "bare", sessionUser: "login" }),
    pulse: pulse({ hidden_processes: 5, active: null, oldest_transaction: null }),
    unknowns: [{ kind: "sessions", reason, rules: ["oldest_transaction"] }],
  });
  const page = screenOf(unseen, at({ kind: "node", node: "a" }));
  expect(page).toContain(`unknown   ${reason}`);
  expect(page).toMatch(/logged in as +login\n?/);
  expect(page).toMatch(/with the rights of +bare/);
  expect(page).toMatch(/missing right +GRANT pg_monitor TO bare\n?/);
  expect(page).toMatch(/ active +–/);
  expect(page).toMatch(/oldest transaction +–/);
  expect(screenOf(unseen, {})).toMatch(/\? a .* sessions of other roles are hidden/);
});

test("a standby without a receiver is marked, and one that reads an archive is not", () => {
  const dead = standby("a", {
    pulse: pulse({ in_recovery: true, receiver: "none", follows: true }),
    unknowns: [{ kind: "receiver", reason: "no WAL receiver runs", rules: ["replication_lag"] }],
  });
  expect(screenOf(dead, {})).toMatch(/▲ a .* no WAL receiver runs/);
  expect(screenOf(dead, at({ kind: "node", node: "a" }))).toMatch(/WAL receiver +not running/);
  const from = { configured_host: "10.0.0.7", configured_port: "5433", configured_slot: "a" };
  const told = standby("a", {
    pulse: pulse({ in_recovery: true, receiver: "none", follows: true, ...from }),
  });
  expect(screenOf(told, at({ kind: "node", node: "a" }))).toMatch(
    /should receive from +10\.0\.0\.7:5433, slot a/,
  );
  const archive = standby("a", { pulse: pulse({ in_recovery: true, receiver: "none", follows: false }) });
  expect(screenOf(archive, {})).toMatch(/● a /);
  expect(screenOf(archive, at({ kind: "node", node: "a" }))).toContain("none, WAL comes from an archive");
  const hidden = standby("a", { pulse: pulse({ in_recovery: true, receiver: null }) });
  expect(screenOf(hidden, at({ kind: "node", node: "a" }))).toMatch(/WAL receiver +–/);
});

test("what we cost a node stands on its page, unknown before there is a minute of it", () => {
  const page = (ourCost: Partial<ReturnType<typeof node>["ourCost"]>) =>
    screenOf(node("a", { ourCost: { ...node("a").ourCost, ...ourCost } }), at({ kind: "node", node: "a" }));
  const dear = { view: "tables", tookMs: 800, everyMs: 8000 };
  const known = page({ minute: { share: 0.1004, statements: 217 }, sessions: 4, dearest: dear });
  expect(known).toMatch(/our own cost +≤10\.0%, 217\/min; tables 800 ms every 8s/);
  expect(known).toMatch(/our sessions +1 of 2, 1 idle, 3 in other databases/);
  const long = { view: "database_sizes", tookMs: 1234, everyMs: 90_000 };
  const last = page({ minute: { share: 0.1004, statements: 21_700 }, dearest: long });
  expect(last).toMatch(/≤10\.0%, 21700\/min; database_sizes 1\.2 s every 90s/);
  const little = { share: 0.0001, statements: 180 };
  expect(page({ minute: little, dearest: null })).toMatch(/our own cost +≤0\.1%, 180\/min\s/);
  expect(page({ minute: null })).toMatch(/our own cost +– \(not yet a minute\)/);
});

test("that a node is under stress stands on its page, and as its issue while it has no worse one", () => {
  const stress = { sinceMs: 0, why: "2 connections left", slower: 4, usualMs: 2 };
  const said = "under stress, asked less: 2 connections left";
  expect(screenOf(node("a", { stress }), at({ kind: "node", node: "a" }))).toContain(`note      ${said}`);
  expect(screenOf(node("a", { stress }), {})).toContain(said);
});

test("a prepared transaction that is open stands on the page by its name, which is made safe", () => {
  const open = node("a", {
    pulse: pulse({ oldest_prepared: 700, oldest_prepared_gid: "order\u001b[31m-77" }),
  });
  expect(screenOf(open, at({ kind: "node", node: "a" }))).toContain(
    "oldest prepared  11:40 order\\x1b[31m-77",
  );
});
