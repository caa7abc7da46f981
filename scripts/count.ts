export type Count = { passed: number; failed: number; skipped: number };

/**
 * Adds up a run of `bun test` from its JUnit report (`undefined` when it wrote none) and its exit code.
 * A run that failed without a failed test (a file that cannot be loaded, a crash, no tests at all) counts as one failure.
 */
export function countTests(junit: string | undefined, exitCode: number | null): Count {
  const suites = /<testsuites\b[^>]*>/.exec(junit ?? "")?.[0] ?? "";
  const number = (name: string) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(suites)?.[1] ?? 0);
  const skipped = number("skipped");
  const failed = number("failures") + number("errors");
  const passed = Math.max(0, number("tests") - failed - skipped);
  const crashed = failed === 0 && (exitCode !== 0 || suites === "");
  return { passed, failed: crashed ? 1 : failed, skipped };
}

export function add(a: Count, b: Count): Count {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}

/** `3 passed, 0 failed`, with the skipped ones when there are any. */
export function summary({ passed, failed, skipped }: Count): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

const longestFailure = 60;

/**
 * What the output of `bun test` says of each failed test: the name of its file, where that was printed, and the last
 * lines before `(fail)`.
 */
export function failures(output: string): string[] {
  const found: string[] = [];
  let file = "";
  let lines: string[] = [];
  for (const line of output.split("\n")) {
    // The list at the end has only their names.
    if (/^\d+ tests? failed:$/.test(line)) break;
    if (/^\S+\.test\.tsx?:$/.test(line)) {
      file = line;
      lines = [];
    } else if (/^\((pass|skip|todo)\)/.test(line)) {
      lines = [];
    } else if (line.startsWith("(fail)")) {
      found.push([file, ...lines.slice(-longestFailure), line].join("\n"));
      lines = [];
    } else {
      lines.push(line);
    }
  }
  return found;
}
