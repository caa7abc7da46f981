import { expect, test } from "bun:test";
import { after, every, longestTimerMs, sleep, withDeadline } from "../../src/services/schedule.ts";

test("a deadline rejects with the given error and leaves a quick result alone", async () => {
  expect(await withDeadline(Promise.resolve(1), 50, () => new Error("late"))).toBe(1);
  await expect(withDeadline(new Promise(() => {}), 5, () => new Error("late"))).rejects.toThrow("late");
});

test("a sleep ends early when its signal is aborted", async () => {
  const stop = new AbortController();
  const slept = sleep(60_000, stop.signal);
  stop.abort();
  await slept;
});

test("what should have run already runs at once, without a warning on the screen", async () => {
  const warnings: Error[] = [];
  const warned = (warning: Error) => void warnings.push(warning);
  process.on("warning", warned);
  await new Promise<void>((resolve) => after(-5, resolve));
  await new Promise<void>((resolve) => setImmediate(resolve));
  process.off("warning", warned);
  expect(warnings).toEqual([]);
});

test("what is due later than a timer can hold does not run now", async () => {
  const run: string[] = [];
  const stop = new AbortController();
  const callOff = after(longestTimerMs + 1, () => run.push("after"));
  void sleep(Number.MAX_SAFE_INTEGER, stop.signal).then(() => run.push("sleep"));
  void withDeadline(sleep(100), 1e12, () => new Error("late")).catch(() => run.push("deadline"));
  await sleep(50);
  expect(run).toEqual([]);
  callOff();
  stop.abort();
});

test("beats keep coming until they are called off", async () => {
  let beats = 0;
  await new Promise<void>((resolve) => {
    const stop = every(5, () => {
      beats += 1;
      if (beats === 3) {
        stop();
        resolve();
      }
    });
  });
  expect(beats).toBe(3);
});
