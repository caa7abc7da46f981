import { expect, test } from "bun:test";
import { activity } from "../../src/views/backends/activity.ts";
import type { Severity } from "../../src/views/columns.ts";
import { type AnyColumn, keyOf } from "../../src/views/view.ts";
import { backend } from "../support/screens/fixtures.ts";

/** What a value looks like in the row of a kind of process. */
function looks(column: string, value: unknown, backend_type: string | null = "client backend"): Severity {
  const columns: Readonly<Record<string, AnyColumn>> = activity.columns;
  return columns[column]?.severity?.(value, { backend_type }) ?? "ok";
}

test.each<[string, unknown, Severity]>([
  ["query_seconds", 59.9, "ok"],
  ["query_seconds", 60, "warning"],
  ["query_seconds", 599, "warning"],
  ["query_seconds", 600, "critical"],
  ["xact_seconds", 299, "ok"],
  ["xact_seconds", 300, "warning"],
  ["xact_seconds", 1799, "warning"],
  ["xact_seconds", 1800, "critical"],
  ["state", "active", "ok"],
  ["state", "idle", "ok"],
  ["state", "idle in tx", "warning"],
  ["state", "aborted tx", "warning"],
  ["state", "prepared", "warning"],
  ["wait", "Lock:tuple", "critical"],
  ["wait", "IO:DataFileRead", "ok"],
])("in a client's session %s %p is %s", (column, value, expected) => {
  expect(looks(column, value)).toBe(expected);
});

test("the age of a process that runs no statements alarms nobody", () => {
  for (const type of [
    "walsender",
    "autovacuum worker",
    "logical replication worker",
    "startup",
    "checkpointer",
  ])
    for (const column of ["query_seconds", "xact_seconds"]) expect(looks(column, 86_400, type)).toBe("ok");
  for (const type of ["parallel worker", "prepared transaction", null])
    for (const column of ["query_seconds", "xact_seconds"])
      expect(looks(column, 86_400, type)).toBe("critical");
});

test("a parallel worker is below its leader's row", () => {
  const leader = backend(7);
  const worker = backend(8, { leader_pid: 7, leader_start: leader.backend_start_text });
  expect(activity.parent?.(worker)).toBe(keyOf(activity, leader));
  expect(activity.parent?.(leader)).toBeNull();
});
