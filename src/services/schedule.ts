/** The only file with timers, so that every wait in the program is found in one place. */

/** What a timer can hold, almost 25 days. The runtime takes a longer time for 1 ms. */
export const longestTimerMs = 2 ** 31 - 1;

/** Resolves after `ms` milliseconds, or at once when `signal` is aborted. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const timer = setTimeout(done, timerMs(ms));
    function done() {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    }
    signal?.addEventListener("abort", done, { once: true });
  });
}

/** Runs once after `ms` milliseconds, soon if they are past already; the returned function calls it off. */
export function after(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, timerMs(ms));
  return () => clearTimeout(timer);
}

/**
 * Calls `tick` every `ms` milliseconds on one steady grid, at once for the first time.
 * A tick that the machine slept through is skipped, not made up for.
 */
export function every(ms: number, tick: () => void): () => void {
  const start = performance.now();
  let next = 0;
  let timer: ReturnType<typeof setTimeout>;
  const run = () => {
    const elapsed = performance.now() - start;
    next = Math.max(next + 1, Math.ceil((elapsed + 1) / ms));
    timer = setTimeout(run, timerMs(start + next * ms - performance.now()));
    tick();
  };
  timer = setTimeout(run, 0);
  return () => clearTimeout(timer);
}

/**
 * `work`, or a rejection with `onExpiry()` when it takes longer than `ms` milliseconds.
 * The work itself is not stopped: the caller cancels or destroys what it waits for.
 */
export async function withDeadline<T>(work: Promise<T>, ms: number, onExpiry: () => Error): Promise<T> {
  let callOff = () => {};
  const expiry = new Promise<never>((_, reject) => {
    callOff = after(ms, () => reject(onExpiry()));
  });
  try {
    return await Promise.race([work, expiry]);
  } finally {
    callOff();
    work.catch(() => {});
  }
}

/** A time that a timer can hold: the runtime warns of any other on standard error, which is the screen. */
function timerMs(ms: number): number {
  return Math.min(Math.max(0, ms), longestTimerMs);
}
