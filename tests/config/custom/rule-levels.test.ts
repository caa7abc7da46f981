import { expect, test } from "bun:test";
import type { JudgedFleet, JudgedNode } from "../../../src/rules/rule.ts";
import { advance, standing } from "../../../src/stats/alerts.ts";
import { problemsOf, settingsOf } from "../config-file.ts";

const fileWith = (kind: string, rule: string) => `nodes: {}
views:
  queue:
    sql: select name, waiting from app.queues
    columns: { name: text, waiting: ${kind} }
    key: name
rules:
  r: { view: queue, column: waiting, ${rule} }
`;

test.each([
  ["when: above, warning: 0.5", 0.25, []],
  ["when: above, warning: 0.5", 0.75, ["queue mail: waiting 0.75 > 0.5"]],
  ["when: above, warning: 0.5", 0.5001, ["queue mail: waiting 0.5001 > 0.5"]],
  ["when: above, warning: 1.5k", 1_500, ["queue mail: waiting 1.5k, the limit"]],
  ["when: below, critical: -2.5", -3, ["queue mail: waiting -3 < -2.5"]],
])("a level of a number may have a fraction: %s, at %p", (rule, waiting, texts) => {
  const [found] = settingsOf(fileWith("number", rule)).rules;
  if (!found) throw new Error("the file has no rule");
  const { unit, default: threshold, below = false } = found;
  // A rule of the config looks at rows and at the name of the node alone.
  const fleet = { rows: () => [{ name: "mail", waiting }] } as unknown as JudgedFleet;
  const { findings } = found.find({ name: "a" } as JudgedNode, fleet, threshold, null);
  const judging = { unit, threshold, toRaise: 1, toClear: 1, below };
  const memories = advance(new Map(), findings, true, judging, 0);
  expect(standing("r", memories, judging).map((one) => one.text)).toEqual(texts);
});

test("a level of what is counted in whole numbers has none", () => {
  expect(problemsOf(fileWith("count", "when: above, warning: 0.5"))).toEqual([
    expect.stringContaining("expected a whole number, such as 5, 20k or 10M"),
  ]);
});
