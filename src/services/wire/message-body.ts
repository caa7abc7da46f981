/** Follows the body of one message as its bytes come; the driver reads both of these without looking at their end. */
export type MessageBody = {
  /** False when the bytes from `start` up to `end` cannot go on with the body. */
  accepts(bytes: Buffer, start: number, end: number): boolean;
  /** True when the body may end here. */
  readonly complete: boolean;
  /** How many values it says it has. */
  readonly values: number;
};

/** A DataRow: a count, and for each value its length and its bytes. A wrong length would swallow what follows. */
export class RowBody implements MessageBody {
  values = 0;
  #left: number | null = null;
  #number = 0;
  #numberBytes = 0;
  #valueBytes = 0;

  get complete(): boolean {
    return this.#left === 0 && this.#valueBytes === 0;
  }

  accepts(bytes: Buffer, start: number, end: number): boolean {
    for (let at = start; at < end; ) {
      if (this.#valueBytes > 0) {
        const skipped = Math.min(this.#valueBytes, end - at);
        this.#valueBytes -= skipped;
        at += skipped;
        continue;
      }
      if (this.#left === 0) return false;
      const size = this.#left === null ? 2 : 4;
      // Nearly always the whole of a length is there.
      const whole = size === 4 && this.#numberBytes === 0 && at + size <= end;
      const taken = whole ? size : 1;
      this.#number = whole ? bytes.readInt32BE(at) : (this.#number << 8) | (bytes[at] ?? 0);
      this.#numberBytes += taken;
      at += taken;
      if (this.#numberBytes === size && !this.#takeNumber()) return false;
    }
    return true;
  }

  /** A length of -1 is null. */
  #takeNumber(): boolean {
    const number = this.#number;
    this.#number = 0;
    this.#numberBytes = 0;
    if (this.#left === null) {
      this.#left = this.values = number;
      return true;
    }
    this.#left -= 1;
    this.#valueBytes = Math.max(0, number);
    return number >= -1;
  }
}

const severity = "S".charCodeAt(0);
const untranslatedSeverity = "V".charCodeAt(0);

/**
 * An error or a notice: a type and a text for each field, and a zero. The driver looks for that zero for ever.
 * The driver keeps the severity as the server translates it (S) and leaves out the one for programs (V, which follows
 * it). Here V is renamed to S, in the bytes themselves, and so is the one that the driver keeps.
 */
export class FieldsBody implements MessageBody {
  readonly values = 0;
  complete = false;
  #inText = false;

  accepts(bytes: Buffer, start: number, end: number): boolean {
    for (let at = start; at < end; ) {
      if (this.complete) return false;
      if (this.#inText) {
        const zero = bytes.indexOf(0, at);
        if (zero < 0 || zero >= end) return true;
        this.#inText = false;
        at = zero + 1;
      } else {
        this.#inText = bytes[at] !== 0;
        if (bytes[at] === untranslatedSeverity) bytes[at] = severity;
        this.complete = !this.#inText;
        at += 1;
      }
    }
    return true;
  }
}
