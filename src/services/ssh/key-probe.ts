import type { BaseAgent, ParsedKey } from "ssh2";

/** What a probe says instead of a signature. */
export class KeyIsTaken extends Error {}

export type KeyProbe = BaseAgent<ParsedKey> & {
  /** The host would let in who has the key. */
  readonly isTaken: boolean;
};

/**
 * Shows a host the public half of a key, as ssh does before it asks for a passphrase (RFC 4252, section 7): an agent
 * of one key that signs nothing. The client reports its {@link KeyIsTaken} as an error, and goes on.
 */
export function keyProbe(Agent: typeof BaseAgent<ParsedKey>, key: ParsedKey): KeyProbe {
  class Probe extends Agent {
    isTaken = false;

    getIdentities(done: Parameters<BaseAgent<ParsedKey>["getIdentities"]>[0]): void {
      done(null, [key]);
    }

    sign(_key: ParsedKey, _data: Buffer, ...rest: readonly unknown[]): void {
      this.isTaken = true;
      const done = rest.at(-1);
      if (typeof done === "function") done(new KeyIsTaken("the host takes it"));
    }
  }
  return new Probe();
}
