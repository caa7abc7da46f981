import { expect, test } from "bun:test";
import { standingDemand } from "../../../src/rules/all.ts";
import { holdsBy } from "../../../src/views/compared.ts";
import type { AskedView } from "../../../src/views/view.ts";
import { settingsOf } from "../config-file.ts";

const logged = "logged: { view: log, column: error_severity, when: is, value: ERROR }";
const failed = "failed: { view: subscriptions, column: last_error, when: is_not, value: none }";

/** Whether a server is asked for its log, which collects one or not and has a subscription that fails or not. */
function isRead(rules: readonly string[], collects: boolean, fails: boolean): boolean | null {
  const text = `nodes: { a: host=a }\nrules:\n  ${rules.join("\n  ")}\n`;
  const demand = standingDemand(settingsOf(text).rules).find(({ view }) => view.name === "log_tail");
  const told = ({ name }: AskedView) =>
    name === "log_settings"
      ? [{ logging_collector: collects, log_destination: "stderr" }]
      : [{ subenabled: true, pid: null, apply_error_count: fails ? 3n : 0n, sync_error_count: 0n }];
  return demand?.onlyWhere ? holdsBy(demand.onlyWhere, told) : null;
}

test("the log is read for last errors where it is collected and a subscription fails", () => {
  expect(isRead([failed], true, true)).toBe(true);
  expect(isRead([failed], true, false)).toBe(false);
  expect(isRead([failed], false, true)).toBe(false);
});

test("what two rules want of some servers is asked where either wants it, and nowhere else", () => {
  for (const rules of [
    [failed, logged],
    [logged, failed],
  ]) {
    expect(isRead(rules, true, false)).toBe(true);
    expect(isRead(rules, false, true)).toBe(false);
  }
});
