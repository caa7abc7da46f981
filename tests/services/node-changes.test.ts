import { expect, test } from "bun:test";
import type { NodeSettings } from "../../src/config/settings.ts";
import { nodeChanges } from "../../src/services/nodes/node-changes.ts";
import { settingsOf } from "../config/config-file.ts";

const nodes = (text: string): readonly NodeSettings[] => settingsOf(text).nodes;
const unchanged = { renamed: [], added: [], removed: [], reconnected: [], retuned: [] };
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
  ["what may be done there", before.replace("h1,", "h1, actions: none,")],
  ["a threshold", before.replace("h1,", "h1, thresholds: {replication_lag: {warning: 3s}},")],
])("%s leaves the sessions alone", (_, after) => {
  expect(nodeChanges(nodes(before), nodes(after))).toEqual({ ...unchanged, retuned: ["a"] });
});

test("another name is the same node, if nothing else of how it is reached differs", () => {
  const after = before.replace("  b:", "  c:");
  const renamed = [{ from: "b", to: "c" }];
  expect(nodeChanges(nodes(before), nodes(after))).toEqual({ ...unchanged, renamed });
  const grouped = after.replace("h2", "h2, group: g");
  expect(nodeChanges(nodes(before), nodes(grouped))).toEqual({ ...unchanged, renamed });
  expect(nodeChanges(nodes(before), nodes(after.replace("h2", "h3")))).toEqual({
    ...unchanged,
    added: ["c"],
    removed: ["b"],
  });
});

test("of two that were alike one is renamed, and a name may pass to another", () => {
  const alike = "nodes:\n  a: {host: h}\n  b: {host: h}\n";
  expect(nodeChanges(nodes(alike), nodes("nodes:\n  c: {host: h}\n"))).toEqual({
    ...unchanged,
    renamed: [{ from: "a", to: "c" }],
    removed: ["b"],
  });
  expect(nodeChanges(nodes(before), nodes("nodes:\n  b: {host: h1, password: 'one'}\n"))).toEqual({
    ...unchanged,
    removed: ["a"],
    reconnected: ["b"],
  });
});
