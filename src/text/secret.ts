const stars = "***";

/**
 * The only way a password travels through the program. Its string, JSON and inspect forms print stars,
 * so a log line, an error or a dump that happens to hold one gives nothing away.
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The password itself. Call it where it leaves for the server and nowhere else. */
  reveal(): string {
    return this.#text;
  }

  equals(other: Secret): boolean {
    return this.#text === other.#text;
  }

  toString(): string {
    return stars;
  }

  toJSON(): string {
    return stars;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return stars;
  }
}
