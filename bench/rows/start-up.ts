import { processTree } from "../process-cost.ts";
import { type Running, startOnScreen } from "../screen.ts";

/** Milliseconds from the start of the process to the first frame, and to what the person waits for. */
export type StartUp = { readonly firstFrameMs: number; readonly dataMs: number };

/** Milliseconds from the key q to the end of the process, and what it did not clear away, by name. */
export type Quit = { readonly quitMs: number; readonly leftBehind: readonly string[] };

const startDeadlineMs = 60_000;

/** Starts a program and waits for its data. Rejects with the screen when they do not come in a minute. */
export async function startUp(
  command: readonly string[],
  home: string,
  isFirstFrame: RegExp,
  hasData: RegExp | ((rows: string[]) => boolean),
): Promise<StartUp & { readonly running: Running }> {
  const running = startOnScreen(command, home);
  try {
    await running.terminal.until(isFirstFrame, startDeadlineMs);
    const firstFrameMs = performance.now() - running.startedMs;
    await running.terminal.until(hasData, startDeadlineMs);
    const dataMs = performance.now() - running.startedMs;
    await running.terminal.readsKeys();
    return { running, firstFrameMs, dataMs };
  } catch (error) {
    await running.terminal[Symbol.asyncDispose]();
    throw error;
  }
}

/** Quits with q; after 5 s the program is ended, and the time is infinite. */
export async function quit({ terminal }: Running): Promise<Quit> {
  const processes = processTree(terminal.pid);
  const pressedMs = performance.now();
  terminal.press("q");
  const isOver = await Promise.race([terminal.exited.then(() => true), Bun.sleep(5000).then(() => false)]);
  const quitMs = isOver ? performance.now() - pressedMs : Number.POSITIVE_INFINITY;
  const leftBehind = isOver ? terminal.leftBehind() : ["the program itself"];
  if (processes.some((pid) => processTree(pid).length > 0) && isOver) leftBehind.push("processes");
  await terminal[Symbol.asyncDispose]();
  return { quitMs, leftBehind };
}
