/** The steps of a login. `connect` looks the host's name up and opens a socket, or a channel of the tunnel. */
export type LoginStep = "connect" | "tls" | "authentication";

/** How long each step of one login took, in milliseconds; what is tried twice adds up. */
export class LoginTimeline {
  readonly #ms = new Map<LoginStep, number>();
  #step: LoginStep | null = null;
  #sinceMs = 0;

  /** Ends the step that runs, if one does, and begins another; null is none. */
  enter(step: LoginStep | null): void {
    this.#close();
    this.#step = step;
    this.#sinceMs = performance.now();
  }

  /** The step that runs, or that was not come through; null after the login. */
  get step(): LoginStep | null {
    return this.#step;
  }

  get ms(): Readonly<Partial<Record<LoginStep, number>>> {
    this.#close();
    this.#sinceMs = performance.now();
    return Object.fromEntries(this.#ms);
  }

  #close(): void {
    if (this.#step === null) return;
    this.#ms.set(this.#step, (this.#ms.get(this.#step) ?? 0) + performance.now() - this.#sinceMs);
  }
}
