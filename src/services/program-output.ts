import { withDeadline } from "./schedule.ts";

/** What a program printed, or why that is of no use, in words that follow its name and hold nothing that it printed. */
type Printed = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly why: string };

type Bounds = {
  readonly limitMs: number;
  readonly largestBytes: number;
  /** A first line counts as soon as it is whole, also where something that the program started goes on printing. */
  readonly wanted: "first line" | "all";
};

/** Those that run now. A process group of its own outlives us, and hears nothing of a closed terminal. */
const running = new Set<number>();
process.on("exit", () => running.forEach(endGroup));

/**
 * Runs a program for what it prints. It and its arguments go to the kernel as they are, no shell reads them. At the limit,
 * and once `stop` is aborted, it and all it started are ended. What it says on stderr is thrown away: such programs print there what
 * nobody should see. Never rejects.
 */
export async function outputOf(
  argv: readonly string[],
  environment: Record<string, string>,
  { limitMs, largestBytes, wanted }: Bounds,
  stop?: AbortSignal,
): Promise<Printed> {
  const refused = (why: string): Printed => ({ ok: false, why });
  if (stop?.aborted) return refused("was called off");
  const child = start(argv, environment);
  if (!child) return refused("could not be started");
  const end = () => endGroup(child.pid);
  running.add(child.pid);
  stop?.addEventListener("abort", end, { once: true });
  try {
    let tooMuch = false;
    const output = readOutput(child.stdout, wanted, largestBytes, () => {
      tooMuch = true;
      end();
    });
    const code = await withDeadline(child.exited, limitMs, () => new Error("late"));
    if (tooMuch) return refused(`printed more than ${largestBytes / 1024} kB`);
    if (code !== 0) return refused(`ended with code ${code}`);
    return { ok: true, text: await withDeadline(output, 1000, () => new Error("late")) };
  } catch {
    end();
    return refused(`took longer than ${limitMs / 1000} s`);
  } finally {
    stop?.removeEventListener("abort", end);
    running.delete(child.pid);
  }
}

function start(argv: readonly string[], env: Record<string, string>) {
  try {
    // A process group of its own, so that all of it can be ended.
    return Bun.spawn([...argv], {
      env,
      stdin: "ignore",
      stdout: "pipe",
      stderr: "ignore",
      detached: true,
    });
  } catch {
    return null; // no such program, or it may not be run
  }
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // it has just ended
  }
}

/** Resolves as soon as what is wanted is there. The rest is read and dropped: a full pipe would stop the program. */
function readOutput(
  output: ReadableStream<Uint8Array>,
  wanted: Bounds["wanted"],
  largestBytes: number,
  tooMuch: () => void,
): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const read = async () => {
    const decoder = new TextDecoder();
    let text = "";
    let bytes = 0;
    const isThere = () => wanted === "first line" && text.includes("\n");
    for await (const chunk of output) {
      bytes += chunk.length;
      if (bytes > largestBytes) tooMuch();
      else if (!isThere()) text += decoder.decode(chunk, { stream: true });
      if (isThere()) resolve(lineOf(text));
    }
    resolve(wanted === "first line" ? lineOf(text) : text);
  };
  read().catch(() => resolve(""));
  return promise;
}

function lineOf(text: string): string {
  return text.split(/\r?\n/, 1)[0] ?? "";
}
