import type { NodeError } from "../../postgres/node-error.ts";
import type { Secret } from "../../text/secret.ts";

/** Many servers lock an account after five; a person may have used up one or two. */
const most = 3;
/** More sources than anybody has. */
const remembered = 8;

/**
 * Which secrets a server or a host has refused for one account, and how often, so that none is tried until the account
 * is locked. All nodes that log in as that role there share it.
 */
export class Refusals {
  /** The newest refusal's. */
  error: NodeError | null = null;
  #list: readonly { readonly secret: Secret; readonly times: number }[] = [];

  /** Notes that this secret was refused `times` times. Returns how often that makes. */
  add(secret: Secret, times = 1): number {
    const before = this.timesOf(secret);
    const others = this.#list.filter((one) => !one.secret.equals(secret));
    this.#list = [...others, { secret, times: before + times }].slice(-remembered);
    return before + times;
  }

  timesOf(secret: Secret): number {
    return this.#list.find((one) => one.secret.equals(secret))?.times ?? 0;
  }

  /** True for one that is not to be tried again of our own accord. */
  isSpent(secret: Secret): boolean {
    return this.timesOf(secret) >= most;
  }

  get anySpent(): boolean {
    return this.#list.some(({ times }) => times >= most);
  }

  /** A person asks: each may be tried once more. */
  forgive(): void {
    this.#list = this.#list.map(({ secret, times }) => ({ secret, times: Math.min(times, most - 1) }));
  }

  /** The server let us in with this secret. The others stay refused: the node that has one would go on trying it. */
  accept(secret: Secret): void {
    this.#list = this.#list.filter((one) => !one.secret.equals(secret));
  }
}
