import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { add, type Count, countTests, failures, summary } from "./count.ts";
import { report, root, runStep, type Step, slowTests, staticSteps, toolsEnv, unitTests } from "./steps.ts";

/** A whole run has an hour. The step with servers takes some 20 minutes of it, the terminals 7, the others 4. */
const longestRunMs = 40 * 60_000;

/** Hands a stream on as it comes, and adds its text to `chunks`. */
async function passOn(
  from: ReadableStream<Uint8Array>,
  to: NodeJS.WriteStream,
  chunks: string[],
): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of from) {
    to.write(chunk);
    chunks.push(decoder.decode(chunk, { stream: true }));
  }
}

/** Runs the tests of one step, its output as it comes, counts them, and adds what failed to `failed`. */
async function runTests(step: Step, folder: string, failed: string[]): Promise<Count> {
  console.log(`\n${step.name} tests`);
  const startMs = performance.now();
  const reportFile = join(folder, `${step.name.replaceAll(" ", "-")}.xml`);
  const child = Bun.spawn([...step.command, "--reporter=junit", `--reporter-outfile=${reportFile}`], {
    cwd: root,
    env: toolsEnv,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    timeout: longestRunMs,
  });
  const out: string[] = [];
  const err: string[] = [];
  const streams = Promise.all([
    passOn(child.stdout, process.stdout, out),
    passOn(child.stderr, process.stderr, err),
  ]);
  await child.exited;
  // A program that a test left running may hold them open.
  await Promise.race([streams, Bun.sleep(5_000)]);
  failed.push(...failures(err.join("")), ...failures(out.join("")));
  const minutes = (performance.now() - startMs) / 60_000;
  // The runner ends by itself when it is told to.
  if (child.signalCode || minutes * 60_000 >= longestRunMs)
    failed.push(
      `${step.name} tests, by ${child.signalCode ?? "their limit"} after ${minutes.toFixed(1)} min`,
    );
  const file = Bun.file(reportFile);
  return countTests((await file.exists()) ? await file.text() : undefined, child.exitCode);
}

/** Several files of tests run at a time, and each that needs the older majors would install them. Those say what fails. */
async function installMajors(): Promise<void> {
  const command = ["bun", "install", "--frozen-lockfile", "--silent"];
  const folder = `${root}/tests/majors`;
  await Bun.spawn(command, {
    cwd: folder,
    env: toolsEnv,
    stdin: "ignore",
    stdout: "ignore",
    stderr: "ignore",
  }).exited;
}

let total: Count = { passed: 0, failed: 0, skipped: 0 };
const failed: string[] = [];
const folder = await mkdtemp(join(tmpdir(), "pgparade-report-"));
try {
  for (const outcome of await Promise.all(staticSteps.map(runStep))) {
    report(outcome);
    if (outcome.ok) continue;
    total = add(total, { passed: 0, failed: 1, skipped: 0 });
    failed.push(`${outcome.step.name}\n${outcome.output.trimEnd()}`);
  }
  await installMajors();
  for (const step of [unitTests, ...slowTests]) total = add(total, await runTests(step, folder, failed));
} catch (error) {
  console.error(error);
  total = add(total, { passed: 0, failed: 1, skipped: 0 });
} finally {
  await rm(folder, { recursive: true, force: true });
}

// A log is often read from its end, or cut at its start.
for (const text of failed) console.log(`\nfailed: ${text}`);
console.log(`\n${summary(total)}`);
process.exitCode = total.failed > 0 ? 1 : 0;
