import { expect, test } from "bun:test";
import { lockWaits } from "../../src/views/backends/lock-waits.ts";
import { lockKey, locks } from "../../src/views/backends/locks.ts";
import type { PulseRow } from "../../src/views/server/pulse.ts";
import { keyOf } from "../../src/views/view.ts";
import { judged, type Seen, wordsOf } from "../support/rules/judged.ts";
import { backend, node, pulse } from "../support/screens/fixtures.ts";

const seen = (more: Partial<PulseRow>): Seen => ({ nodes: [node("a", { pulse: pulse(more) })] });
const twice = (more: Partial<PulseRow>) => judged([seen(more), seen(more)]);

test("the longest wait for a lock names the root of its chain, which others may not wait for, and the alert leads to its row", () => {
  const root = backend(815);
  const waits = { blocked: 3, longest_wait: 62, blocking_pid: 815, blocking_start: root.backend_start_text };
  const outcome = twice(waits);
  expect(wordsOf("blocked_sessions", outcome)).toEqual([
    "critical: longest of 3 lock waits 1m 2s > 1m, root pid 815 [backend 815]",
  ]);
  expect(outcome.alerts[0]).toMatchObject({ view: "locks", key: keyOf(locks, { ...root, session: "815" }) });
});

test("an alert of blocked sessions says who the root is where that is known, and has a form for little room", () => {
  const root = backend(815, { application_name: "psql", usename: "deploy" });
  const more = { blocked: 3, longest_wait: 62, blocking_pid: 815, blocking_start: root.backend_start_text };
  const look: Seen = { ...seen(more), views: [[lockWaits, [root]]] };
  expect(judged([look, look]).alerts[0]).toMatchObject({
    text: "longest of 3 lock waits 1m 2s > 1m, root pid 815 psql deploy",
    short: "blocked 1m 2s, root 815",
  });
  const another: Seen = { ...look, views: [[lockWaits, [{ ...root, backend_start_text: "another" }]]] };
  expect(judged([another, another]).alerts[0]?.text).toEndWith("root pid 815");
});

test("a short wait is no alert, and one whose root is a prepared transaction has no pid 0", () => {
  expect(wordsOf("blocked_sessions", twice({ blocked: 2, longest_wait: null }))).toEqual([]);
  const prepared = twice({ blocked: 1, longest_wait: 12, blocking_pid: 0, blocking_gid: "order-7" });
  expect(wordsOf("blocked_sessions", prepared)).toEqual([
    "warning: 1 session blocked 12s > 10s, root prepared order-7 [backend order-7]",
  ]);
  expect(prepared.alerts.find(({ rule }) => rule === "blocked_sessions")).toMatchObject({
    view: "locks",
    key: lockKey({ gid: "order-7" }) ?? "",
  });
  const gone = twice({ blocked: 1, longest_wait: 12, blocking_pid: 0 });
  expect(wordsOf("blocked_sessions", gone)[0]).toEndWith("root a prepared transaction [backend prepared]");
});

test("the oldest transaction names its session, and a prepared one has an alert of its own", () => {
  expect(wordsOf("oldest_transaction", twice({ oldest_open: 400 }))).toEqual([
    "warning: transaction open 6m > 5m, pid 4711 [backend 4711]",
  ]);
  const prepared = { oldest_transaction: 400, oldest_prepared: 400, oldest_prepared_gid: "order-7" };
  expect(wordsOf("oldest_transaction", twice(prepared))).toEqual([]);
  expect(wordsOf("prepared_transaction", twice(prepared))).toEqual([
    "warning: prepared transaction 6m > 5m: order-7 [backend order-7]",
  ]);
});

test("a long statement and an idle transaction name their sessions", () => {
  expect(wordsOf("long_query", twice({ longest_query: 700 }))).toEqual([
    "warning: statement runs 11m > 10m, pid 4713 [backend 4713]",
  ]);
  expect(wordsOf("idle_in_transaction", twice({ oldest_idle_in_transaction: 61 }))).toEqual([
    "warning: idle in transaction 1m 1s > 1m, pid 4712 [backend 4712]",
  ]);
});

test("of hidden sessions no rule says that all is well", () => {
  const { unknowns } = twice({ hidden_processes: 2, blocked: null });
  expect(unknowns).toMatchObject([
    {
      kind: "sessions",
      rules: ["blocked_sessions", "idle_in_transaction", "oldest_transaction", "long_query"],
    },
  ]);
  const [synchronous] = twice({ hidden_processes: 2, blocked: null, sync_standbys: "*" }).unknowns;
  expect(synchronous).toMatchObject({ rules: expect.arrayContaining(["commit_waits"]) });
});

test("connections count against what ordinary roles can take", () => {
  const full = twice({ connections: 81, usable_connections: 100 });
  expect(wordsOf("connections_used", full)).toEqual(["warning: connections 81% > 80% [node a]"]);
});
