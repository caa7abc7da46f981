import { expect, test } from "bun:test";
import { refusedBy } from "../../src/services/actions/signal-outcome.ts";
import { facts } from "../support/screens/fixtures.ts";

const told = (pid: string | null, usename: string | null) =>
  refusedBy(
    { fields: ["pid", "usename", "may_call"], rows: [[pid, usename, "t"]] } as never,
    "terminate",
    facts(),
  ).kind;

test("a session that ended before the reason for a refusal was asked for is gone", () => {
  expect(told(null, null)).toBe("gone");
  expect(told("7", null)).toBe("notPermitted");
  expect(told("7", "app")).toBe("notPermitted");
});
