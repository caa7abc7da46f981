import { expect, test } from "bun:test";
import { type TableLine, tableOf } from "../../src/store/table.ts";
import { activity } from "../../src/views/backends/activity.ts";
import { integer, text } from "../../src/views/columns.ts";
import { defineConclusion } from "../../src/views/view.ts";
import {
  activityOf,
  backend,
  node,
  nowMs,
  observed,
  refused,
  unreached,
} from "../support/screens/fixtures.ts";

/** The sessions of each user, and the user as the row above them. */
const byUser = defineConclusion({
  name: "by_user",
  title: "By user",
  section: "backends",
  source: "pg_stat_activity",
  needs: [activity],
  rowKey: ["name"],
  sortBy: "-pid",
  columns: { name: text("NAME"), pid: integer("PID"), user: text("USER", { hidden: true }) },
  parent: ({ user }) => (typeof user === "string" ? user : null),
  rows: ({ nodes, rows }) =>
    nodes.flatMap(({ name: node }) => {
      const sessions = (rows(activity, node) ?? []).map(({ pid, usename }) => ({
        node,
        name: `s${pid}`,
        pid: Number(pid),
        user: String(usename),
      }));
      const users = [...new Set(sessions.map(({ user }) => user))];
      return [...users.map((name) => ({ node, name, pid: null, user: null })), ...sessions];
    }),
});

const at = (pid: number, usename: string) => backend(pid, { usename });
const sessions = { a: [at(1, "web"), at(3, "web"), at(2, "job")], b: [at(2, "job")] };
const fresh = activityOf({ a: sessions.a })["activity"];
const old = activityOf({ b: sessions.b }, nowMs - 5000)["activity"];
const nodes = [node("a"), node("b"), unreached("c", "reconnecting", refused)];
const seen = observed(nodes, undefined, { activity: { ...fresh, ...old } });
const plain = { filter: "", sortBy: null, folded: new Set<string>() };
const drawn = (lines: readonly TableLine[]) =>
  lines.map(
    ({ node, row, depth, below }) => `${node?.name} ${"-".repeat(depth)}${row["name"]}${below || ""}`,
  );
const table = (look: Partial<typeof plain> = {}) =>
  tableOf(byUser, seen, ["a", "b", "c"], { ...plain, ...look });

test("rows follow from other views' samples, as trees in fleet order, sorted among siblings", () => {
  expect(drawn(table().lines)).toEqual(["a web2", "a -s3", "a -s1", "a job1", "a -s2", "b job1", "b -s2"]);
});

test("a node whose samples are missing is named with the reason, and old rows tell their age", () => {
  expect(table().missing.map(({ node, why }) => [node.name, why])).toEqual([["c", "connection refused"]]);
  expect(table().lines.at(-1)?.ageMs).toBe(5000);
});

test("a filter keeps what is above a line that matches", () => {
  expect(drawn(table({ filter: "s2" }).lines)).toEqual(["a job1", "a -s2", "b job1", "b -s2"]);
  expect(drawn(table({ filter: "pid>2" }).lines)).toEqual(["a web2", "a -s3"]);
});

test("a folded line hides what is below it, on its own node only; a filter looks there too", () => {
  const [first] = table().keys;
  const folded = new Set([first ?? ""]);
  expect(drawn(table({ folded }).lines)).toEqual(["a web2", "a job1", "a -s2", "b job1", "b -s2"]);
  expect(drawn(table({ folded, filter: "s3" }).lines)).toEqual(["a web2", "a -s3"]);
});
