import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { add, type Count, countTests, summary } from "./count.ts";
import { report, root, runStep, type Step, slowTests, staticSteps, toolsEnv, unitTests } from "./steps.ts";

const longestRunMs = 20 * 60_000;

/** Runs the tests of one step, its output as it comes, and counts them. */
async function runTests(step: Step, folder: string): Promise<Count> {
  console.log(`\n${step.name} tests`);
  const reportFile = join(folder, `${step.name}.xml`);
  const child = Bun.spawn([...step.command, "--reporter=junit", `--reporter-outfile=${reportFile}`], {
    cwd: root,
    env: toolsEnv,
    stdin: "ignore",
    stdout: "inherit",
    stderr: "inherit",
    timeout: longestRunMs,
  });
  await child.exited;
  const file = Bun.file(reportFile);
  return countTests((await file.exists()) ? await file.text() : undefined, child.exitCode);
}

let total: Count = { passed: 0, failed: 0, skipped: 0 };
const folder = await mkdtemp(join(tmpdir(), "pgparade-report-"));
try {
  for (const outcome of await Promise.all(staticSteps.map(runStep))) {
    report(outcome);
    if (!outcome.ok) total = add(total, { passed: 0, failed: 1, skipped: 0 });
  }
  for (const step of [unitTests, ...slowTests]) total = add(total, await runTests(step, folder));
} catch (error) {
  console.error(error);
  total = add(total, { passed: 0, failed: 1, skipped: 0 });
} finally {
  await rm(folder, { recursive: true, force: true });
}

console.log(`\n${summary(total)}`);
process.exitCode = total.failed > 0 ? 1 : 0;
