import type { Observed } from "../../../src/store/store.ts";
import { activityOf, alert, backend, node, nowMs, observed, pulse } from "./fixtures.ts";

const minute = 60_000;
const statements = [
  "SELECT o.id, o.placed FROM orders AS o JOIN customers AS c ON c.id = o.customer WHERE c.region = $1",
  "UPDATE stock SET quantity = quantity - $1 WHERE item = $2",
  "INSERT INTO events (kind, at) VALUES ($1, now())",
];

/** One node with more alerts, sessions and events than any screen has room for. */
export const busyNode: Observed = {
  ...observed(
    [
      node("shop-1", {
        pulse: pulse({ blocked: 3, active: 58, oldest_transaction: 2460 }),
        alerts: [
          alert("blocked_sessions", "critical", "sessions blocked: 3, the longest for 4min by pid 8017", {
            sinceMs: nowMs - 4 * minute,
          }),
          alert("oldest_transaction", "critical", "transaction open 41min > 30min: pid 8017", {
            sinceMs: nowMs - 11 * minute,
          }),
          alert("idle_in_transaction", "warning", "idle in transaction 2min > 60s: pid 8017", {
            sinceMs: nowMs - minute,
          }),
        ],
      }),
      node("shop-2"),
    ],
    undefined,
    activityOf({
      "shop-1": Array.from({ length: 60 }, (_, at) =>
        backend(8017 + at, {
          application_name: `web-${at % 7}`,
          state: at === 0 ? "idle in tx" : "active",
          wait: at === 0 ? "Client:ClientRead" : at < 4 ? "Lock:transactionid" : null,
          xact_seconds: at === 0 ? 2460 : 60 - at,
          query_seconds: at === 0 ? null : 60 - at,
          blocked_by: at > 0 && at < 4 ? [8017] : null,
          blockers: at > 0 && at < 4 ? "8017" : null,
          query: statements[at % statements.length] ?? null,
        }),
      ),
    }),
  ),
  events: Array.from({ length: 12 }, (_, at) => ({
    clockMs: Date.UTC(2026, 2, 14, 13, at * 5),
    node: at === 11 ? "shop-2" : "shop-1",
    kind: "alert",
    severity: at % 2 === 0 ? "warning" : "ok",
    text: at % 2 === 0 ? `connections ${80 + at}% > 80%` : `no longer: connections ${80 + at}% > 80%`,
  })),
};
