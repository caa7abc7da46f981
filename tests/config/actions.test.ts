import { expect, test } from "bun:test";
import type { Settings } from "../../src/config/settings.ts";
import { problemsOf, settingsOf } from "./config-file.ts";

const node = ({ nodes }: Settings, wanted: string) => nodes.find(({ name }) => name === wanted);

const text = `
nodes: { a: host=a, b: { host: b, actions: all }, c: host=c, lone: host=d }
clusters: { one: { nodes: [a, b], actions: none }, two: { nodes: [c] } }
`;
const levels = (settings: Settings) =>
  Object.fromEntries(settings.nodes.map(({ name, actions }) => [name, actions]));

test("what a user may do is what the node, its cluster or `defaults` says, the nearest first; else signals", () => {
  expect(levels(settingsOf(text))).toEqual({ a: "none", b: "all", c: "signal", lone: "signal" });
  expect(levels(settingsOf(`defaults: { actions: all }${text}`))).toEqual({
    a: "none",
    b: "all",
    c: "all",
    lone: "all",
  });
  expect(node(settingsOf(text), "a")?.actionsFrom).toBe("clusters.one.actions");
});

test("what a user may do does not change how our own questions are asked, nor the other way round", () => {
  const settings = settingsOf("nodes: { a: { host: a, actions: all }, b: { host: b, read_only: false } }");
  expect(node(settings, "a")).toMatchObject({ actions: "all", readOnly: true });
  expect(node(settings, "b")).toMatchObject({ actions: "signal", readOnly: false });
});

test("what a user may do is nothing with --read-only or PGPARADE_READ_ONLY, and the settings say which", () => {
  expect(settingsOf(text).readOnlyBy).toBeNull();
  expect(settingsOf(text, { flags: { readOnly: true } }).readOnlyBy).toBe("--read-only");
  const set = (value: string) => settingsOf(text, { environment: { PGPARADE_READ_ONLY: value } });
  expect(set("true").readOnlyBy).toBe("PGPARADE_READ_ONLY");
  expect([set("false").readOnlyBy, set("").readOnlyBy]).toEqual([null, null]);
  expect(problemsOf(text, { environment: { PGPARADE_READ_ONLY: "yes" } })).toEqual([
    "PGPARADE_READ_ONLY: expected true or false, found yes. For example: PGPARADE_READ_ONLY=true.",
  ]);
});

test("what a user may do is one of three words", () => {
  expect(problemsOf("nodes: { a: { host: a, actions: signals } }")).toEqual([
    "FILE:1:33: nodes.a.actions: expected one of none, signal, all, found signals. For example: actions: none.",
  ]);
});

test("when waits are sampled is what the node, its cluster or `defaults` says, the nearest first; else while shown", () => {
  const waits = `
nodes: { a: host=a, b: { host: b, waits: shown }, c: host=c }
clusters: { one: { nodes: [a, b], waits: always } }
`;
  const of = (text: string) =>
    settingsOf(text).nodes.map(({ name, waits, waitsFrom }) => [name, waits, waitsFrom]);
  expect(of(waits)).toEqual([
    ["a", "always", "clusters.one.waits"],
    ["b", "shown", "nodes.b.waits"],
    ["c", "shown", null],
  ]);
  expect(of(`defaults: { waits: always }${waits}`)[2]).toEqual(["c", "always", "defaults.waits"]);
  expect(problemsOf("nodes: { a: { host: a, waits: true } }")).toEqual([
    "FILE:1:31: nodes.a.waits: expected one of always, shown, found true. For example: waits: always.",
  ]);
  expect(problemsOf("nodes: { a: host=a }\nclusters:\n  one:\n    nodes: [a]\n    waits: ever")).toEqual([
    "FILE:5:12: clusters.one.waits: expected one of always, shown, found ever. For example: waits: always.",
  ]);
});
