import { sleep } from "../services/schedule.ts";

/** Gives the terminal away while `run` lasts, then takes it back and draws the whole screen. Ink has one for its own. */
export type LendTerminal = (run: () => Promise<void>) => Promise<void>;

/**
 * Stops with a clean terminal when a user or another program asks for it, and takes the terminal back when it goes on:
 * after a stop that no program can see, too, for then a shell has used the terminal meanwhile.
 * @returns what suspends on a key
 */
export function handleJobControl(lend: LendTerminal): () => Promise<void> {
  let isLent = false;
  const lendOnce = async (run: () => Promise<void>) => {
    if (isLent) return;
    isLent = true;
    await lend(run).finally(() => {
      isLent = false;
    });
  };
  const suspend = () => lendOnce(stopUntilForeground);
  const onStop = () => void suspend();
  /**
   * Stops the whole job, as the terminal does on Ctrl-Z, and resolves once fg has woken it. Without a shell that could
   * wake it, as in a window of its own, the system ignores the signal.
   */
  async function stopUntilForeground(): Promise<void> {
    const woken = new Promise<void>((resolve) => process.once("SIGCONT", () => resolve()));
    process.off("SIGTSTP", onStop);
    process.kill(0, "SIGTSTP");
    // The signal may have been delivered while everything stood still.
    await Promise.race([woken, sleep(50)]);
    process.on("SIGTSTP", onStop);
  }
  process.on("SIGTSTP", onStop);
  process.on("SIGCONT", () => void lendOnce(async () => {}));
  return suspend;
}
