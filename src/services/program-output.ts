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

/** What is in the pipe is read within this time, once the program has ended. */
const drainMs = 1000;

/**
 * Runs a program for what it prints. It and its arguments go to the kernel as they are, no shell reads them. When it has
 * ended, at the limit, and once `stop` is aborted, all it started is ended, but what has a session of its own (setsid). What
 * it says on stderr is thrown away: such programs print there what nobody should see. Never rejects.
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
  let tooMuch = false;
  const output = readOutput(child.stdout, wanted, largestBytes, () => {
    tooMuch = true;
    end();
  });
  try {
    const code = await withDeadline(child.exited, limitMs, () => new Error("late"));
    end();
    if (tooMuch) return refused(`printed more than ${largestBytes / 1024} kB`);
    if (code !== 0) return refused(`ended with code ${code}`);
    // Where a session of its own holds the pipe it never ends.
    await withDeadline(output.ended, drainMs, () => new Error("held")).catch(() => {});
    if (tooMuch) return refused(`printed more than ${largestBytes / 1024} kB`);
    return { ok: true, text: output.text() };
  } catch {
    end();
    return refused(`took longer than ${limitMs / 1000} s`);
  } finally {
    output.stop();
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

/** `ended` resolves as soon as what is wanted is there. The rest is read and dropped: a full pipe would stop the program. */
function readOutput(
  output: ReadableStream<Uint8Array>,
  wanted: Bounds["wanted"],
  largestBytes: number,
  tooMuch: () => void,
) {
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  const reader = output.getReader();
  let text = "";
  const read = async () => {
    const decoder = new TextDecoder();
    let bytes = 0;
    const isThere = () => wanted === "first line" && text.includes("\n");
    for (let next = await reader.read(); next.value; next = await reader.read()) {
      bytes += next.value.length;
      if (bytes > largestBytes) tooMuch();
      else if (!isThere()) text += decoder.decode(next.value, { stream: true });
      if (isThere()) resolve();
    }
  };
  const stop = () => void reader.cancel().catch(() => {});
  read()
    .catch(() => {})
    .finally(resolve);
  return { ended, stop, text: () => (wanted === "first line" ? lineOf(text) : text) };
}

function lineOf(text: string): string {
  return text.split(/\r?\n/, 1)[0] ?? "";
}
