const end = Buffer.from("\u001b[201~");

/** More than any field takes; the rest of a paste is not kept. */
const mostBytes = 65_536;

/** The text of a bracketed paste, whose end may be cut anywhere. */
export class PasteText {
  readonly #kept: Uint8Array[] = [];
  #size = 0;
  /** The last bytes, which may begin the end. */
  #carry = Buffer.alloc(0);

  /** Takes the bytes from `at` on, and returns where the bytes after the paste begin; null while it goes on. */
  push(chunk: Uint8Array, at: number): number | null {
    const bytes = Buffer.concat([this.#carry, chunk.subarray(at)]);
    const found = bytes.indexOf(end);
    const stop = found < 0 ? Math.max(0, bytes.length - end.length + 1) : found;
    const part = bytes.subarray(0, Math.min(stop, mostBytes - this.#size));
    this.#kept.push(part);
    this.#size += part.length;
    this.#carry = bytes.subarray(stop);
    return found < 0 ? null : chunk.length - (bytes.length - found - end.length);
  }

  read(): string {
    return new TextDecoder().decode(Buffer.concat(this.#kept));
  }
}
