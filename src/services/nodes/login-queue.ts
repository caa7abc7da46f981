import { after } from "../schedule.ts";

/** How many logins run at once over the whole fleet: each takes a moment of our one thread and a process of a server. */
const atOnce = 16;
/** How long a login keeps its place at least while others wait. */
const shortestPatienceMs = 250;
/** Of how many usual logins a slow one keeps its place for: where all are slow, more at once would be slower still. */
const patienceInLogins = 2;
/** What one more login weighs in the usual time of one. */
const weight = 0.25;

type Waiting = { readonly name: () => string; readonly start: () => void };

/**
 * Lets a bounded number of nodes log in at once. Two hundred that begin together take longer than any of them may, are
 * all given up, and begin together again. A login that takes much longer than others do keeps running and gives its
 * place up: servers that hang do not delay the others.
 */
export class LoginQueue {
  /** Names the nodes that the user looks at: they log in before the others. */
  preferred: () => ReadonlySet<string> = () => new Set();
  readonly #waiting = new Set<Waiting>();
  #places = atOnce;
  /** How long logins take lately that come to a session, in milliseconds. */
  #usualMs = 0;

  /** Resolves when a node may log in, with what is to be called at the end: true for a login that came to a session. */
  turn(name: () => string): Promise<(succeeded: boolean) => void> {
    return new Promise((resolve) => {
      this.#waiting.add({ name, start: () => resolve(this.#begin()) });
      // Whoever comes in the same moment is asked which of them goes first.
      queueMicrotask(() => this.#next());
    });
  }

  #next(): void {
    if (this.#places === 0 || this.#waiting.size === 0) return;
    const preferred = this.preferred();
    const inTurn = [...this.#waiting].toSorted(
      (a, b) => Number(preferred.has(b.name())) - Number(preferred.has(a.name())),
    );
    for (const next of inTurn.slice(0, this.#places)) {
      this.#waiting.delete(next);
      this.#places -= 1;
      next.start();
    }
  }

  #begin(): (succeeded: boolean) => void {
    const startMs = performance.now();
    const tookMs = () => performance.now() - startMs;
    let hasPlace = true;
    const giveUp = () => {
      if (!hasPlace) return;
      hasPlace = false;
      this.#places += 1;
      this.#next();
    };
    const patienceMs = () => Math.max(shortestPatienceMs, patienceInLogins * this.#usualMs);
    let callOff = () => {};
    const giveUpInTime = () => {
      const leftMs = patienceMs() - tookMs();
      if (leftMs <= 0) giveUp();
      else callOff = after(leftMs, giveUpInTime);
    };
    giveUpInTime();
    return (succeeded) => {
      callOff();
      if (succeeded) this.#usualMs += (tookMs() - this.#usualMs) * (this.#usualMs === 0 ? 1 : weight);
      giveUp();
    };
  }
}
