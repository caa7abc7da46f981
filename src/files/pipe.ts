import { type FileHandle, open } from "node:fs/promises";
import { openFlags } from "./plain-file.ts";

/** What was taken from a pipe: bytes, an empty piece while its writer has none, or null at its end. */
export type Piece = Buffer | null;

/** The reading end of a named pipe, such as the one that a shell makes of `<(command)`. No call waits for its writer. */
export class Pipe {
  readonly #handle: FileHandle;
  readonly mode: number;
  readonly uid: number;
  #hasBegun = false;

  private constructor(handle: FileHandle, { mode, uid }: { mode: number; uid: number }) {
    this.#handle = handle;
    this.mode = mode & 0o777;
    this.uid = uid;
  }

  /** Null when it is no pipe any more. Rejects with the system's error. */
  static async open(path: string): Promise<Pipe | null> {
    const handle = await open(path, openFlags);
    const found = await handle.stat();
    if (found.isFIFO()) return new Pipe(handle, found);
    await handle.close();
    return null;
  }

  /** The next piece. A pipe that no program has opened for writing yet looks as one at its end: it has none yet. */
  async take(): Promise<Piece> {
    const chunk = Buffer.allocUnsafe(65_536);
    const length = await this.#handle.read(chunk, 0, chunk.length, null).then(
      ({ bytesRead }) => bytesRead,
      (cause: unknown) => {
        if (cause instanceof Error && "code" in cause && cause.code === "EAGAIN") return null;
        throw cause;
      },
    );
    if (length === 0 && this.#hasBegun) return null;
    this.#hasBegun ||= length !== null && length > 0;
    return chunk.subarray(0, length ?? 0);
  }

  async close(): Promise<void> {
    await this.#handle.close().catch(() => {});
  }
}
