import { withDeadline } from "../schedule.ts";
import { failed, found, type Lookup } from "./password-lookup.ts";

const limitMs = 5000;
/** More than any password that a server takes (PostgreSQL: PG_MAX_AUTH_TOKEN_LENGTH, 65535 bytes). */
const largestOutput = 65_536;

/** Those that run now. A process group of its own outlives us, and hears nothing of a closed terminal. */
const running = new Set<number>();
process.on("exit", () => running.forEach(endGroup));

/**
 * Runs a program that prints a password and takes the first line that it prints. The program and its arguments go to
 * the kernel as they are, no shell reads them. It has 5 s and may print 64 kB; then it and all it started are ended.
 * What it says on stderr is thrown away: such programs print there what nobody should see. `name` says in errors what
 * the program is. Never rejects.
 */
export async function askCommand(
  name: string,
  argv: readonly string[],
  environment: Record<string, string>,
): Promise<Lookup> {
  const child = start(argv, environment);
  if (!child) return failed(`${name} could not be started`);
  const end = () => endGroup(child.pid);
  running.add(child.pid);
  try {
    let tooMuch = false;
    const line = firstLine(child.stdout, () => {
      tooMuch = true;
      end();
    });
    const code = await withDeadline(child.exited, limitMs, () => new Error("late"));
    if (tooMuch) return failed(`${name} printed more than 64 kB`);
    if (code !== 0) return failed(`${name} ended with code ${code}`);
    const text = await withDeadline(line, 1000, () => new Error("late"));
    return text === "" ? failed(`${name} printed nothing`) : found(text);
  } catch {
    end();
    return failed(`${name} took longer than ${limitMs / 1000} s`);
  } finally {
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

/** Resolves as soon as the first line is whole. The rest is read and dropped: a full pipe would stop the program. */
function firstLine(output: ReadableStream<Uint8Array>, tooMuch: () => void): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const read = async () => {
    const decoder = new TextDecoder();
    let text = "";
    let bytes = 0;
    for await (const chunk of output) {
      bytes += chunk.length;
      if (bytes > largestOutput) tooMuch();
      else if (!text.includes("\n")) text += decoder.decode(chunk, { stream: true });
      if (text.includes("\n")) resolve(lineOf(text));
    }
    resolve(lineOf(text));
  };
  read().catch(() => resolve(""));
  return promise;
}

function lineOf(text: string): string {
  return text.split(/\r?\n/, 1)[0] ?? "";
}
