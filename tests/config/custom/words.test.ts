import { expect, test } from "bun:test";
import { problemsOf } from "../config-file.ts";

test("a mistake in a rule is told by the words of the config, and offers views that open", () => {
  const told = (one: string) => problemsOf(`nodes: {}\nrules:\n  r: { ${one} }\n`).join("\n");
  const counter = "view: databases, column: xact_commit, when: is, value: 5";
  expect(told(counter)).toContain("expected what suits a column of kind per_second, found is");
  const unknown = told("view: zzzzzzzz, column: a, when: above, warning: 1");
  expect(unknown).toContain(" replication, ");
  expect(unknown).not.toMatch(/\b(pulse|edges|lock_waits|alerts|events)\b/);
});
