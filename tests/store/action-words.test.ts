import { expect, test } from "bun:test";
import { nodeError } from "../../src/postgres/node-error.ts";
import { actionEvent } from "../../src/store/actions/action-event.ts";
import type { SignalOutcome, SignalResult, SignalTarget } from "../../src/store/actions/signal.ts";
import { outcomeWords, summaryOf } from "../../src/store/actions/signal-words.ts";

const target: SignalTarget = {
  id: { node: "orders-1", view: "activity", key: "7" },
  pid: 7,
  backendStart: "2026-03-01 11:00:00.123456+00",
  inRecovery: false,
  shown: { user: "app", database: "shop", application: "psql", client: null, statement: null },
};
const result = (outcome: SignalOutcome, more: Partial<SignalResult> = {}): SignalResult => ({
  signal: "terminate",
  target,
  outcome,
  unrecorded: null,
  ...more,
});
const error = nodeError("timeout", "no answer in 5 s");

test.each<[SignalResult, string, string, string]>([
  [result({ kind: "done" }), "ended", "ok", "pid 7 (psql) of app terminated by you"],
  [
    result({ kind: "done" }, { signal: "cancel" }),
    "statement cancelled",
    "ok",
    "pid 7 (psql) of app cancelled by you",
  ],
  [
    result({ kind: "gone" }),
    "gone already; nothing was sent",
    "muted",
    "terminate pid 7 (psql) of app: gone already; nothing was sent",
  ],
  [
    result({ kind: "refused", why: "it is pgparade's own session" }),
    "not sent: it is pgparade's own session",
    "warning",
    "terminate pid 7 (psql) of app: not sent: it is pgparade's own session",
  ],
  [
    result({ kind: "failed", error, isUnsure: true }),
    "no answer, it may have arrived: no answer in 5 s",
    "critical",
    "terminate pid 7 (psql) of app: no answer, it may have arrived: no answer in 5 s",
  ],
  [
    result({ kind: "failed", error, isUnsure: false }),
    "not sent: no answer in 5 s",
    "critical",
    "terminate pid 7 (psql) of app: not sent: no answer in 5 s",
  ],
  [
    result({ kind: "done" }, { unrecorded: "the disk is full" }),
    "ended; the audit file lacks it: the disk is full",
    "critical",
    "pid 7 (psql) of app terminated by you",
  ],
])("%j is said as %s", (one, words, severity, event) => {
  expect(outcomeWords(one)).toMatchObject({ words, severity });
  expect(actionEvent(one, 5)).toEqual({
    clockMs: 5,
    node: "orders-1",
    kind: "action",
    severity: severity === "muted" ? "ok" : severity,
    text: event,
  } as ReturnType<typeof actionEvent>);
});

test("a refusal for want of a right says what gives it, apart", () => {
  const outcome = {
    kind: "notPermitted",
    why: "a superuser's session needs a superuser",
    fix: "log in as a superuser",
  };
  expect(outcomeWords(result(outcome as SignalOutcome))).toEqual({
    words: "not permitted: a superuser's session needs a superuser",
    fix: "log in as a superuser",
    severity: "critical",
  });
});

test("all outcomes are counted in a line", () => {
  const all = [result({ kind: "done" }), result({ kind: "gone" }), result({ kind: "done" })];
  expect(summaryOf(all)).toBe("2 ended, 1 gone already");
  expect(summaryOf([result({ kind: "done" }, { signal: "cancel" })])).toBe("1 cancelled");
  expect(summaryOf([])).toBe("");
});
