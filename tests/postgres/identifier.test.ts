import { expect, test } from "bun:test";
import { quoteIdentifier } from "../../src/postgres/identifier.ts";

test.each([
  ["monitor", "monitor"],
  ["monitor_2", "monitor_2"],
  ["pg-monitor", '"pg-monitor"'],
  ["Monitor", '"Monitor"'],
  ["me@corp.example", '"me@corp.example"'],
  ['odd"one', '"odd""one"'],
])("%s", (name, quoted) => {
  expect(quoteIdentifier(name)).toBe(quoted);
});
