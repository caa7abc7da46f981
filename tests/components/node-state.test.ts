import { expect, test } from "bun:test";
import { issueOf, stateLooks } from "../../src/components/drawing/node-state.ts";
import { makeTheme } from "../../src/components/drawing/theme.ts";
import { type NodeError, type NodeErrorKind, nodeError } from "../../src/postgres/node-error.ts";
import type { NodeState } from "../../src/stats/health.ts";
import { badness } from "../../src/views/node-word.ts";
import { facts, health, node, nowMs } from "../support/screens/fixtures.ts";

const { glyphs } = makeTheme("dark", { ascii: false, color: false });
const failing = (state: NodeState, kind: NodeErrorKind, failures: number, more: Partial<NodeError> = {}) =>
  node("a", { health: health(state, { error: { ...nodeError(kind, "said"), ...more }, failures }) });
const issue = (one: ReturnType<typeof node>) => `${issueOf(one, nowMs, glyphs)[0]}`;

test("a restart that does not end is a recovery, and one with a reason is at once", () => {
  expect(`${stateLooks(failing("reconnecting", "starting", 3)).word}`).toBe("restarting");
  expect(`${stateLooks(failing("reconnecting", "starting", 8)).word}`).toBe("recovering");
  const told = failing("reconnecting", "recovering", 1, { detail: "Hot standby mode is disabled." });
  expect(`${stateLooks(told).word}`).toBe("recovering");
  expect(issue(told)).toStartWith("said: Hot standby mode is disabled");
});

test("where there is no room for message and DETAIL, the DETAIL is what stays", () => {
  const told = failing("reconnecting", "recovering", 6, { detail: "Hot standby mode is disabled." });
  expect(`${issueOf(told, nowMs, glyphs).at(-1)}`).toBe("Hot standby mode is disabled ×6");
  const held = failing("error", "auth", 1, { detail: "Why.", isHeld: true });
  expect(`${issueOf(held, nowMs, glyphs).at(-1)}`).toBe("Why");
});

test("a declared warm standby is no alarm, and one that answers is told", () => {
  const warm = failing("warm-standby", "recovering", 4);
  expect([`${stateLooks(warm).word}`, badness(warm), issue(warm)]).toEqual(["warm standby", 0, "said"]);
  expect(issue(node("a", { hotStandby: false }))).toContain("hot_standby: off");
});

test("a password that is not tried again has no next try", () => {
  const held = issue(failing("error", "auth", 3, { isHeld: true }));
  expect(held).not.toMatch(/next try|trying now/);
});

test("a node in a template says so", () => {
  const template = { facts: facts({ database: "template1", isTemplate: true }) };
  expect(issue(node("a", template))).toContain("in the template template1");
});
