import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openScratch } from "../src/services/throwaway/scratch.ts";
import { bigPromises, bigSection, measureBig, withBigSection } from "./big-section.ts";
import { measureAll } from "./findings.ts";
import { describeMachine } from "./machine.ts";
import { readOptions, usage } from "./options.ts";
import { buildForms } from "./program-forms.ts";
import { promises } from "./promises.ts";
import { printResults, promiseTable } from "./results.ts";
import { startNodes } from "./rows/nodes.ts";
import { type Promised, verdictOf } from "./verdict.ts";

const mostNodes = 20;
const resultsFile = join(import.meta.dir, "RESULTS.md");

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options === null) {
    console.log(usage);
    return 0;
  }
  if (process.platform !== "linux") throw new Error("the bench reads /proc and needs Linux");
  const startMs = performance.now();
  const say = (step: string) =>
    console.error(`${((performance.now() - startMs) / 1000).toFixed(0).padStart(5)} s  ${step}`);
  const scratch = await openScratch("test");
  const folder = await mkdtemp(join(tmpdir(), "pgparade-bench-"));
  // Also where Ctrl-C ends the run: an executable of 120 MB is in it.
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  try {
    const machine = describeMachine(String(scratch.binaries.major));
    say("building the executable");
    const forms = await buildForms(folder);
    const date = new Date().toISOString().slice(0, 10);
    if (options.onlyBig) {
      const found = await measureBig({ scratch, form: forms.packaged, options, say });
      const section = bigSection(found, machine, date);
      const page = await Bun.file(resultsFile).text();
      if (options.writes) await Bun.write(resultsFile, withBigSection(page, section));
      console.log(section);
      return exitCode(bigPromises(found));
    }
    say(`starting ${mostNodes} nodes`);
    const servers = await startNodes(scratch, mostNodes);
    const { findings, comparison, big } = await measureAll({ scratch, servers, forms, options, say });
    const promised = promises(findings);
    const method = `Terminal of 180x50, one refresh a second, ${options.starts} starts for each
figure, ${options.windows} of them observed for ${options.windowMs / 1000} s (one from source); nodes are idle servers on the loopback.`;
    const report = {
      ...{ date, machine, method, findings, promised, comparison },
      big: bigSection(big, machine, date),
    };
    if (options.writes) await Bun.write(resultsFile, printResults(report));
    console.log(options.writes ? printResults(report) : promiseTable(promised));
    if (comparison === null) console.log("pg_activity is not on PATH: nothing was compared with it");
    return exitCode([...promised, ...bigPromises(big)]);
  } finally {
    await scratch.destroy();
  }
}

const exitCode = (promised: readonly Promised[]) =>
  promised.some((each) => verdictOf(each) === "missed") ? 1 : 0;

for (const [signal, number] of [
  ["SIGINT", 2],
  ["SIGTERM", 15],
  ["SIGHUP", 1],
] as const)
  process.once(signal, () => process.exit(128 + number));
try {
  process.exit(await main());
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(2);
}
