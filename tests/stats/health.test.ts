import { expect, test } from "bun:test";
import { nodeError } from "../../src/postgres/node-error.ts";
import {
  backOffMs,
  type HealthEvent,
  hasFigures,
  isDue,
  isUp,
  nextHealth,
  startHealth,
} from "../../src/stats/health.ts";

const refused = { type: "failed", error: nodeError("refused", "connection refused") } as const;
const wrongPassword = { type: "failed", error: nodeError("auth", "password") } as const;
const answered = { type: "answered", latencyMs: 3 } as const;

function after(...events: readonly (readonly [number, HealthEvent])[]) {
  return events.reduce((health, [atMs, event]) => nextHealth(health, event, atMs, 0), startHealth(0));
}

test("a node connects, goes stale and comes back", () => {
  expect(startHealth(0).state).toBe("connecting");
  const up = after([5, answered]);
  expect(up).toMatchObject({ state: "connected", sinceMs: 5, latencyMs: 3, lastAnswerAtMs: 5 });
  expect(after([5, answered], [2005, { type: "overdue" }])).toMatchObject({ state: "stale", sinceMs: 2005 });
  expect(after([5, answered], [2005, { type: "overdue" }], [2100, answered])).toMatchObject({
    state: "connected",
    sinceMs: 2100,
  });
});

test("back-off grows to 30 s and one answer resets it", () => {
  expect([1, 2, 3, 4, 5, 6, 7, 60].map((n) => backOffMs(n, 0) / 1000)).toEqual([1, 2, 4, 8, 16, 30, 30, 30]);
  expect(backOffMs(3, 0.999)).toBeGreaterThan(3200);
  const lost = after([0, answered], [10, refused], [1010, refused]);
  expect(lost).toMatchObject({ state: "reconnecting", failures: 2, sinceMs: 10, nextAttemptAtMs: 3010 });
  expect(isDue(lost, 3009)).toBe(false);
  expect(isDue(lost, 3010)).toBe(true);
  expect(nextHealth(lost, answered, 3010, 0)).toMatchObject({
    failures: 0,
    error: null,
    nextAttemptAtMs: null,
  });
});

test("back-off grows over sessions that are lost soon after each login, and a calm one resets it", () => {
  let health = startHealth(0);
  const delays = [0, 10_000, 20_000, 30_000, 60_000, 100_000].map((atMs) => {
    const up = nextHealth(health, answered, atMs, 0);
    health = nextHealth(up, refused, atMs + 500, 0);
    return (health.nextAttemptAtMs ?? 0) - (atMs + 500);
  });
  expect(delays).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000]);
  const calm = nextHealth(nextHealth(health, answered, 200_000, 0), refused, 231_000, 0);
  expect(calm.nextAttemptAtMs).toBe(232_000);
});

test("a wrong password is an error that is retried no faster than every 30 s", () => {
  expect(after([0, wrongPassword])).toMatchObject({ state: "error", nextAttemptAtMs: 30_000 });
  expect(nextHealth(startHealth(0), wrongPassword, 0, 0.999).nextAttemptAtMs).toBe(30_000);
});

test("a parked node stays parked until it is resumed, whatever still comes in", () => {
  const parked = after([0, answered], [10, { type: "parked" }], [20, refused]);
  expect(parked.state).toBe("disconnected");
  expect(isDue(parked, 99_999)).toBe(false);
  expect(nextHealth(parked, { type: "resumed" }, 30, 0)).toMatchObject({
    state: "connecting",
    nextAttemptAtMs: 30,
  });
});

test("retry now brings the next attempt forward and forgets no failure", () => {
  const lost = after([0, refused], [1000, refused]);
  expect(nextHealth(lost, { type: "resumed" }, 1500, 0)).toMatchObject({
    failures: 2,
    nextAttemptAtMs: 1500,
  });
});

test("an overdue answer says nothing about a node that is not connected", () => {
  expect(after([0, refused], [10, { type: "overdue" }]).state).toBe("reconnecting");
});

test("a warm standby that the config declares is its own state, asked again slowly, until it answers", () => {
  const error = nodeError("recovering", "not accepting connections");
  const closed = nextHealth(startHealth(0), { type: "failed", error, expected: true }, 10, 0);
  expect(closed).toMatchObject({ state: "warm-standby", nextAttemptAtMs: 30_010, sinceMs: 10 });
  expect(isUp(closed)).toBe(false);
  expect(nextHealth(closed, { type: "answered", latencyMs: 1 }, 20, 0).state).toBe("connected");
});

test("a refused pulse makes a node stale with its reason, at once where none was ever answered", () => {
  const refusal = { type: "refused", error: nodeError("privilege", "permission denied") } as const;
  const never = after([0, { type: "answered", latencyMs: null }], [5, refusal]);
  expect(never).toMatchObject({ state: "stale", sinceMs: 5, error: refusal.error });
  expect(hasFigures(never)).toBe(false);
  expect(after([0, answered], [1000, refusal])).toMatchObject({ state: "connected", error: null });
  const old = after([0, answered], [1000, refusal], [2000, refusal], [3000, refusal]);
  expect(old).toMatchObject({ state: "stale", sinceMs: 2000, error: refusal.error, lastAnswerAtMs: 0 });
  expect([isUp(old), hasFigures(old)]).toEqual([true, true]);
  expect(nextHealth(old, answered, 4000, 0)).toMatchObject({ state: "connected", error: null });
  expect(after([0, refused], [10, refusal])).toMatchObject({ state: "reconnecting", error: refused.error });
});
