import { expect, test } from "bun:test";
import { every, sleep, withDeadline } from "../../src/services/schedule.ts";

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
