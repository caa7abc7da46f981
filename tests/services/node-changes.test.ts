import { expect, test } from "bun:test";
import type { NodeSettings } from "../../src/config/settings.ts";
import { nodeChanges } from "../../src/services/node-changes.ts";
import { settingsOf } from "../config/config-file.ts";

const nodes = (text: string): readonly NodeSettings[] => settingsOf(text).nodes;
const unchanged = { added: [], removed: [], reconnected: [], retuned: [] };
const before = "nodes:\n  a: {host: h1, password: 'one'}\n  b: {host: h2}\n";

test("a file read again without an edit changes nothing", () => {
  expect(nodeChanges(nodes(before), nodes(`# a comment\n${before}`))).toEqual(unchanged);
});

test.each([
  ["another password", "nodes:\n  a: {host: h1, password: 'two'}\n  b: {host: h2}\n"],
  ["another host", "nodes:\n  a: {host: h3, password: 'one'}\n  b: {host: h2}\n"],
  ["another timeout", "nodes:\n  a: {host: h1, password: 'one', statement_timeout: 1s}\n  b: {host: h2}\n"],
  ["a larger pool", "nodes:\n  a: {host: h1, password: 'one', pool: {max: 3}}\n  b: {host: h2}\n"],
])("%s connects that node anew", (_, after) => {
  expect(nodeChanges(nodes(before), nodes(after))).toEqual({ ...unchanged, reconnected: ["a"] });
});

test.each([
  ["a cluster", `${before}clusters:\n  c: {nodes: [a]}\n`],
  ["a group", before.replace("h1,", "h1, group: g,")],
  ["a colour", before.replace("h1,", "h1, colour: red,")],
  ["a threshold", before.replace("h1,", "h1, thresholds: {replication_lag: {warning: 3s}},")],
])("%s leaves the sessions alone", (_, after) => {
  expect(nodeChanges(nodes(before), nodes(after))).toEqual({ ...unchanged, retuned: ["a"] });
});

test("another name is one node gone and one new", () => {
  const after = before.replace("  b:", "  c:");
  expect(nodeChanges(nodes(before), nodes(after))).toEqual({ ...unchanged, added: ["c"], removed: ["b"] });
});
