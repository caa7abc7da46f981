import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const hasTmux = Bun.which("tmux") !== null;

/** A program in the one pane of a real tmux, on a tmux server of its own. */
export class TmuxPane {
  readonly #folder = mkdtempSync(join(tmpdir(), "tmux-"));

  private constructor() {}

  static async open(command: readonly string[], size: { columns: number; rows: number }): Promise<TmuxPane> {
    const pane = new TmuxPane();
    await Bun.write(join(pane.#folder, "conf"), "set -g status off\nset -g remain-on-exit on\n");
    const place = ["-x", String(size.columns), "-y", String(size.rows)];
    await pane.#tmux("new-session", "-d", ...place, ...command);
    return pane;
  }

  async #tmux(...args: string[]): Promise<string> {
    const own = ["-u", "-f", join(this.#folder, "conf"), "-S", join(this.#folder, "socket")];
    const env = { ...process.env, LC_ALL: "C.UTF-8", TERM: "xterm-256color" };
    const { stdout } = Bun.spawn(["tmux", ...own, ...args], { env, stderr: "inherit" });
    return new Response(stdout).text();
  }

  /** The rows as they stand on the pane, without blanks at their ends. */
  async rows(): Promise<string[]> {
    return (await this.#tmux("capture-pane", "-p")).replace(/\n$/, "").split("\n");
  }

  /** Awaits a screen on which a condition holds, and gives its rows. */
  async until(isThere: (rows: readonly string[]) => boolean, timeoutMs = 30_000): Promise<string[]> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const rows = await this.rows();
      if (isThere(rows)) return rows;
      if (performance.now() > deadline) throw new Error(`not seen in tmux:\n${rows.join("\n")}`);
      await Bun.sleep(50);
    }
  }

  async press(...keys: string[]): Promise<void> {
    await this.#tmux("send-keys", ...keys);
  }

  /** Forgets what was drawn, as after a program that wrote over the screen. */
  async wipe(): Promise<void> {
    await this.#tmux("send-keys", "-R");
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#tmux("resize-window", "-x", String(columns), "-y", String(rows));
  }

  /** Where a text stands by tmux's own count of cells: row and column of each, in any order. */
  async places(text: string): Promise<{ row: number; column: number }[]> {
    const copy = (...command: string[]) => this.#tmux("send-keys", "-X", ...command);
    await this.#tmux("copy-mode");
    await copy("bottom-line");
    await copy("end-of-line");
    const found = new Map<string, { row: number; column: number }>();
    for (let command = ["search-backward-text", text]; ; command = ["search-again"]) {
      await copy(...command);
      const at = (await this.#tmux("display-message", "-p", "#{copy_cursor_y} #{copy_cursor_x}")).trim();
      if (found.has(at)) break;
      const [row = 0, column = 0] = at.split(" ").map(Number);
      found.set(at, { row, column });
    }
    await copy("cancel");
    return [...found.values()];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tmux("kill-server");
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
