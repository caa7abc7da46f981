import { withDeadline } from "../schedule.ts";

/** Tells who waits for a session that is lent when one is given back. */
export class GivenBack {
  readonly #waiting = new Set<() => void>();

  announce(): void {
    for (const wake of this.#waiting) wake();
  }

  /** Whether a session is given back before this one, which is being opened, is there or has failed for good. */
  async before<T>(opened: Promise<T>, graceMs: number): Promise<T | null> {
    const { comes, stop } = this.#next();
    // Where the server has no slot left, or refuses us meanwhile, the session that it let in may be free in a moment.
    const either = opened.catch((cause: Error) => withDeadline(comes, graceMs, () => cause));
    return Promise.race([either, comes]).finally(stop);
  }

  /**
   * Whether a session is given back within `ms` milliseconds. They pass in two parts: where our own thread is busy all
   * the time, the answers that have arrived are read between them.
   */
  async within(ms: number): Promise<boolean> {
    const { comes, stop } = this.#next();
    const half = () =>
      withDeadline(comes, ms / 2, () => new Error("none yet")).then(
        () => true,
        () => false,
      );
    const isThere = (await half()) || (await half());
    stop();
    return isThere;
  }

  #next(): { readonly comes: Promise<null>; readonly stop: () => void } {
    const { promise, resolve } = Promise.withResolvers<null>();
    const wake = () => resolve(null);
    this.#waiting.add(wake);
    return { comes: promise, stop: () => this.#waiting.delete(wake) };
  }
}
