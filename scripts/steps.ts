/** One command of a check. `NODE_ENV` and colours are left as the caller has them. */
export type Step = { name: string; command: readonly string[] };

/**
 * Three processes: one uses one processor, and some tests wait for a deadline. Their time is no measure: a test that hangs
 * is ended after a minute.
 */
const pureTests = [
  "bun",
  "test",
  "--parallel=3",
  "--no-isolate",
  "--timeout",
  "60000",
  "--path-ignore-patterns=tests/compiled/**",
  "--path-ignore-patterns=tests/live/**",
  "--path-ignore-patterns=tests/terminal/**",
];

/** What was found of files that are as they were is kept: that takes two thirds of the time. */
const cache = "node_modules/.cache";
export const staticSteps: readonly Step[] = [
  { name: "biome", command: ["biome", "check", "--error-on-warnings"] },
  { name: "tsc", command: ["tsc", "--incremental", "--tsBuildInfoFile", `${cache}/tsc.tsbuildinfo`] },
  { name: "knip", command: ["knip", "--no-progress", "--cache", "--cache-location", `${cache}/knip`] },
];

export const unitTests: Step = { name: "unit", command: pureTests };

const slow = (name: string, ...options: readonly string[]): Step => ({
  name,
  command: ["bun", "test", "--no-orphans", "--timeout", "240000", ...options],
});
/**
 * They compile the program, or start servers and programs: `--no-orphans` takes down what a crashed run leaves behind.
 * Most of the live tests wait for servers, so three at a time leave two processors half idle; a few load the
 * machine themselves.
 */
export const slowTests: readonly Step[] = [
  slow("compiled", "tests/compiled"),
  slow("live", "--parallel=3", "--path-ignore-patterns=tests/live/alone/**", "tests/live"),
  slow("live alone", "tests/live/alone"),
  slow("terminal", "tests/terminal"),
];

/** The steps' tools come from `node_modules`, also when a script is not run by `bun run`. */
export const toolsEnv = {
  ...process.env,
  PATH: `${import.meta.dir}/../node_modules/.bin:${process.env["PATH"] ?? ""}`,
};
export const root = `${import.meta.dir}/..`;

export type Outcome = { step: Step; ok: boolean; seconds: number; output: string };

/** Runs a step and keeps its output for the case that it fails. */
export async function runStep(step: Step): Promise<Outcome> {
  const start = performance.now();
  const child = Bun.spawn([...step.command], {
    cwd: root,
    env: toolsEnv,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { step, ok: code === 0, seconds: (performance.now() - start) / 1000, output: out + err };
}

/** Prints a step's time, and its output only when it failed. */
export function report({ step, ok, seconds, output }: Outcome): void {
  console.log(`${ok ? "ok    " : "failed"} ${step.name.padEnd(6)} ${seconds.toFixed(1)} s`);
  if (!ok) console.log(output.trimEnd());
}
