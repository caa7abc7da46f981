/**
 * The messages that a server may send to a session that asks and never copies (PostgreSQL documentation,
 * "Message Formats"), by their first byte.
 */
const known: ReadonlySet<number> = new Set(Buffer.from("RKSZTDCEN123IAnstv"));
/** What a login may be answered with, as libpq has it. */
const first: ReadonlySet<number> = new Set(Buffer.from("RENv"));

const headerLength = 5;
const longestMessage = 16 * 2 ** 20;
/** Between two moments at which the server is ready: a whole answer with all of its rows. */
const longestAnswer = 64 * 2 ** 20;

/**
 * Follows the bytes of one session from message to message, so that nonsense is told at once: the driver waits
 * for the end of a message however long it claims to be, and keeps rows without a limit.
 */
export class MessageGuard {
  readonly #header = Buffer.alloc(headerLength);
  #headerBytes = 0;
  #bodyBytes = 0;
  #answerBytes = 0;
  #begun = false;

  /** False when these bytes, which follow those before, cannot come from a server that answers us. */
  accepts(bytes: Uint8Array): boolean {
    for (let at = 0; at < bytes.length; ) {
      if (this.#bodyBytes > 0) {
        const skipped = Math.min(this.#bodyBytes, bytes.length - at);
        this.#bodyBytes -= skipped;
        at += skipped;
        continue;
      }
      this.#header[this.#headerBytes] = bytes[at] ?? 0;
      this.#headerBytes += 1;
      at += 1;
      if (this.#headerBytes === 1 && !this.#knowsType()) return false;
      if (this.#headerBytes === headerLength && !this.#takeLength()) return false;
    }
    return true;
  }

  #knowsType(): boolean {
    const expected = this.#begun ? known : first;
    this.#begun = true;
    return expected.has(this.#header[0] ?? 0);
  }

  /** The length counts itself, but not the type. */
  #takeLength(): boolean {
    const length = this.#header.readUInt32BE(1);
    this.#headerBytes = 0;
    this.#bodyBytes = length - 4;
    this.#answerBytes = this.#header[0] === ready ? 0 : this.#answerBytes + length;
    return length >= 4 && length <= longestMessage && this.#answerBytes <= longestAnswer;
  }
}

const [ready] = Buffer.from("Z");
