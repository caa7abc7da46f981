import { expect, test } from "bun:test";
import { alertId, type Quiet, quietOf, stillQuiet } from "../../src/stats/quiet.ts";

const blocked = {
  rule: "blocked_sessions",
  severity: "warning",
  subject: { kind: "backend", id: "81" },
} as const;
const worse = { ...blocked, severity: "critical" } as const;
const quieted = (quiet: Quiet) => new Map([[alertId("a", blocked), quiet]]);
const snoozed = quieted({ kind: "snoozed", untilMs: 1000, severity: "warning" });
const acknowledged = quieted({ kind: "acknowledged", severity: "warning" });

test("a snooze ends with its time, or when the alert gets worse", () => {
  expect(quietOf(snoozed, "a", blocked, 999)?.kind).toBe("snoozed");
  expect(quietOf(snoozed, "a", worse, 999)).toBeNull();
  expect(quietOf(snoozed, "a", blocked, 1000)).toBeNull();
  expect(stillQuiet(snoozed, [], 999)).toBe(snoozed);
  expect(stillQuiet(snoozed, [{ node: "a", alert: blocked }], 1000).size).toBe(0);
});

test("an acknowledgement ends when the severity changes or the alert is over", () => {
  expect(quietOf(acknowledged, "a", blocked, 0)?.kind).toBe("acknowledged");
  expect(quietOf(acknowledged, "a", worse, 0)).toBeNull();
  expect(stillQuiet(acknowledged, [{ node: "a", alert: blocked }], 0)).toBe(acknowledged);
  expect(stillQuiet(acknowledged, [{ node: "a", alert: worse }], 0).size).toBe(0);
  expect(stillQuiet(acknowledged, [], 0).size).toBe(0);
});

test("another node, subject or rule is another alert", () => {
  expect(quietOf(acknowledged, "b", blocked, 0)).toBeNull();
  expect(quietOf(acknowledged, "a", { ...blocked, rule: "long_query" }, 0)).toBeNull();
  expect(quietOf(acknowledged, "a", { ...blocked, subject: { kind: "backend", id: "82" } }, 0)).toBeNull();
});
