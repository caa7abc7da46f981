import { expect, test } from "bun:test";
import { add, countTests, failures, summary } from "../scripts/count.ts";

const junit = (tests: number, failures: number, skipped: number) =>
  `<?xml version="1.0"?>\n<testsuites name="bun test" tests="${tests}" assertions="9" failures="${failures}" skipped="${skipped}" time="1">\n<testsuite tests="99" failures="99">`;

test("counts come from the whole run, not from one file", () => {
  expect(countTests(junit(10, 2, 1), 1)).toEqual({ passed: 7, failed: 2, skipped: 1 });
  expect(countTests(junit(10, 0, 0), 0)).toEqual({ passed: 10, failed: 0, skipped: 0 });
});

test.each([
  ["no report", undefined, 0],
  ["no report and a signal", undefined, null],
  ["an empty report", "", 0],
  ["a failing exit without a failed test", junit(5, 0, 0), 1],
  ["a signal after the report", junit(5, 0, 0), null],
])("a crash counts as a failure: %s", (_, report, exitCode) => {
  expect(countTests(report, exitCode).failed).toBe(1);
});

test("the last line names skipped tests only when there are some", () => {
  const run = { passed: 3, failed: 0, skipped: 0 };
  expect(summary(run)).toBe("3 passed, 0 failed");
  expect(summary(add(run, { passed: 1, failed: 2, skipped: 4 }))).toBe("4 passed, 2 failed, 4 skipped");
});

test("what failed is told again, without what passed beside it", () => {
  const output = [
    "tests/text/one.test.ts:",
    "(pass) adds [0.10ms]",
    "error: expect(received).toBe(expected)",
    "Received: 3",
    "(fail) subtracts [0.20ms]",
    "(pass) divides [0.10ms]",
    "",
    "1 tests failed:",
    "(fail) subtracts [0.20ms]",
    "",
    " 2 pass",
  ].join("\n");
  expect(failures(output)).toEqual([
    "tests/text/one.test.ts:\nerror: expect(received).toBe(expected)\nReceived: 3\n(fail) subtracts [0.20ms]",
  ]);
  expect(failures("(pass) a\n 1 pass\n")).toEqual([]);
});
