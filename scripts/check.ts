import { report, runStep, staticSteps, unitTests } from "./steps.ts";

/** Everything that needs no server and no terminal: the one command before a commit. */
const unit = { ...unitTests, command: [...unitTests.command, "--only-failures"] };
const outcomes = await Promise.all(
  [...staticSteps, unit].map(async (step) => {
    const outcome = await runStep(step);
    // A test that ends the process with 0 would look like a good run.
    if (step === unit) outcome.ok &&= /^Ran \d+ tests/m.test(outcome.output);
    report(outcome);
    return outcome;
  }),
);

process.exit(outcomes.every(({ ok }) => ok) ? 0 : 1);
