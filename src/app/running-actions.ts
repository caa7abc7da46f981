import type { AuditFile } from "../services/actions/audit-file.ts";
import { sleep } from "../services/schedule.ts";

/** How long the way out waits for what runs. */
const patienceMs = 5000;

/** What is being done to servers, so that no outcome is lost where its user quits meanwhile. */
export class RunningActions {
  readonly #running = new Set<Promise<unknown>>();
  /** Sessions and operations whose outcome is not reported yet. */
  #left = 0;

  async add<T>(count: number, act: (reported: () => void) => Promise<T>): Promise<T> {
    this.#left += count;
    const acting = act(() => {
      this.#left -= 1;
    });
    this.#running.add(acting);
    return await acting.finally(() => this.#running.delete(acting));
  }

  /**
   * Waits for what runs, for a while or until Ctrl-C, and writes down of the rest that its outcome is unknown. The screen is
   * gone by then: what there is to say stands in the shell.
   */
  async end(audit: AuditFile): Promise<void> {
    if (this.#running.size > 0) {
      const all = Promise.allSettled(this.#running);
      say(
        `waits up to ${patienceMs / 1000} s for the outcome of ${counted(this.#left)}; Ctrl-C ends the wait`,
      );
      const pressed = new Promise((resolve) => process.once("SIGINT", resolve));
      await Promise.race([all, pressed, sleep(patienceMs)]);
    }
    await audit.close("quit");
    if (this.#left > 0)
      say(`quits without the outcome of ${counted(this.#left)}: ${audit.path} has what was sent`);
  }
}

const counted = (actions: number) => (actions === 1 ? "1 action" : `${actions} actions`);

const say = (words: string) => process.stderr.write(`pgparade: ${words}\n`);
