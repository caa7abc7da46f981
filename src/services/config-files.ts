import { type Loaded, loadSettings } from "../config/load.ts";
import { largestBytes, type ReadFile, readNow } from "../config/reading.ts";
import type { Found } from "../config/resolve/discovered.ts";
import type { Flags, SourceSettings } from "../config/settings.ts";
import type { FileRead } from "../files/plain-file.ts";
import { readFileInTime, readFileOrPipe } from "./files.ts";

/** The files of the configuration, as they were last read off the thread that draws. */
export class ConfigFiles {
  #known = new Map<string, FileRead>();
  /** What came out of a pipe comes once: it counts until the end. */
  readonly #pipes = new Map<string, FileRead>();
  /** Files that `work` asks for and that were not read since it began; null outside of it. */
  #wanted: Set<string> | null = null;

  /** Gives a file as it was last read; one that never was, such as a service file that a form names, is read at once. */
  readonly read: ReadFile = (path) => {
    const known = this.#known.get(path);
    if (known) return known;
    if (!this.#wanted) return readNow(path);
    this.#wanted.add(path);
    return null;
  };

  /** What tells whether a file was changed since it was read; null for a pipe, and where none was read. */
  identity(path: string): string | null {
    const known = this.#known.get(path);
    return known?.ok ? known.identity : null;
  }

  /** The text of a file as it was last read; null when it could not be. */
  text(path: string): string | null {
    const read = this.read(path);
    return read?.ok ? read.bytes.toString("utf8") : null;
  }

  /**
   * Reads anew every file that `work` asks {@link read} for, and returns the result of `work` over them. `work` runs again
   * until all that it asks for was read.
   * @param kinds "files and pipes" at the start; later a pipe is refused, as a directory or device is
   */
  async afresh<T>(work: () => T, kinds: "files" | "files and pipes" = "files"): Promise<T> {
    const fetch = kinds === "files" ? readFileInTime : readFileOrPipe;
    const files = new Map(this.#pipes);
    for (;;) {
      const { result, wanted } = this.#run(work, files);
      if (wanted.size === 0) {
        this.#known = new Map([...this.#known, ...files]);
        return result;
      }
      const reads = Array.from(wanted, async (path) => {
        const read = await fetch(path, largestBytes);
        files.set(path, read);
        if (read.ok && read.identity === null) this.#pipes.set(path, read);
      });
      await Promise.all(reads);
    }
  }

  #run<T>(work: () => T, files: Map<string, FileRead>) {
    const before = this.#known;
    const wanted = new Set<string>();
    this.#known = files;
    this.#wanted = wanted;
    try {
      return { result: work(), wanted };
    } finally {
      this.#known = before;
      this.#wanted = null;
    }
  }
}

/**
 * The configuration for a program that reads it once, pipes included.
 * @param discover asks the sources of members for what they list; without it no member is found. It may load the
 *   configuration with what it has found so far
 */
export async function loadOnce(
  flags: Flags,
  targets: readonly string[],
  discover?: (sources: readonly SourceSettings[], load: (found: Found) => Promise<Loaded>) => Promise<Found>,
): Promise<Loaded> {
  const files = new ConfigFiles();
  const load = (found?: Found) =>
    files.afresh(() => loadSettings(flags, targets, process.env, null, files.read, found), "files and pipes");
  const loaded = await load();
  if (!discover || !loaded.ok || loaded.settings.sources.length === 0) return loaded;
  return load(await discover(loaded.settings.sources, load));
}
