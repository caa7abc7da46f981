import { Terminal as Xterm } from "@xterm/headless";
import { type Cell, screenCells } from "./cells.ts";
import { keyBytes } from "./keys.ts";
import { watchModes } from "./terminal-modes.ts";

export type Exit = { code: number | null; signal: NodeJS.Signals | null };

export type Terminal = {
  pid: number;
  /**
   * Resolves when the program has put the terminal into raw mode. An Ink program draws its first frame before it
   * reads keys, so wait for both before the first press. Rejects after `timeoutMs`.
   */
  readsKeys(timeoutMs?: number): Promise<void>;
  /** Sends keys by name (`Enter`, `Escape`, `Up`, `F5`, `C-c`) or text, all in one burst. */
  press(...keys: string[]): void;
  /** Sends bytes as they are. */
  send(bytes: Uint8Array): void;
  /** Pastes as a terminal does: in brackets when the program asked for them. */
  paste(text: string): void;
  /** The screen as text, one string a row, without the blanks at the end. */
  screen(): Promise<string[]>;
  cells(): Promise<Cell[][]>;
  /**
   * Waits until the screen (rows joined by newlines) matches, and resolves with its rows. It looks again after
   * each output. Rejects with the screen after `timeoutMs`, or at once when the program has ended without a match.
   */
  until(wanted: RegExp | ((rows: string[]) => boolean), timeoutMs?: number): Promise<string[]>;
  resize(columns: number, rows: number): void;
  kill(signal: NodeJS.Signals): void;
  /** Closes the window: the program loses its terminal and gets SIGHUP. */
  hangUp(): void;
  /** Resolves when the program has ended and its last output is on the screen. */
  exited: Promise<Exit>;
  readonly alternateScreen: boolean;
  readonly cursorVisible: boolean;
  readonly title: string;
  /** Modes that are on and that a program must switch off before it ends; empty is clean. */
  leftBehind(): string[];
  /** Everything the program wrote, as it wrote it. */
  output(): string;
  /** How many bytes it wrote so far. */
  readonly bytes: number;
  /** Ends the program if it still runs; for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
};

type Options = { columns?: number; rows?: number; env?: Record<string, string | undefined>; cwd?: string };

/** Starts a program in a pseudo terminal of its own, with xterm as the screen. */
export function start(
  command: readonly string[],
  { columns = 80, rows = 24, env, cwd }: Options = {},
): Terminal {
  const xterm = new Xterm({ cols: columns, rows, allowProposedApi: true });
  const modes = watchModes(xterm);
  const chunks: Uint8Array[] = [];
  const watchers = new Set<() => void>();
  const endOfOutput = Promise.withResolvers<void>();
  let ended = false;
  let title = "";

  const look = () => {
    for (const watcher of [...watchers]) watcher();
  };
  const flushed = () => new Promise<void>((resolve) => xterm.write("", resolve));

  const child = Bun.spawn([...command], {
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...outsideCi(), TERM: "xterm-256color", COLORTERM: "truecolor", ...env },
    terminal: {
      cols: columns,
      rows,
      name: "xterm-256color",
      data(_, data) {
        chunks.push(data.slice());
        xterm.write(data, look);
      },
      exit: () => endOfOutput.resolve(),
    },
  });
  const tty = child.terminal;
  if (!tty) throw new Error("no pseudo terminal on this system");
  const send = (text: string) => {
    if (!tty.closed) tty.write(text);
  };
  xterm.onData(send);
  xterm.onTitleChange((text) => {
    title = text;
  });

  const screenNow = () =>
    Array.from(
      { length: xterm.rows },
      (_, y) => xterm.buffer.active.getLine(xterm.buffer.active.viewportY + y)?.translateToString(true) ?? "",
    );

  const exited = (async (): Promise<Exit> => {
    await child.exited;
    // A grandchild that keeps the terminal open must not hold the test up.
    await Promise.race([endOfOutput.promise, Bun.sleep(1000)]);
    await flushed();
    ended = true;
    look();
    const signal = typeof child.signalCode === "string" ? child.signalCode : null;
    return { code: signal ? null : child.exitCode, signal };
  })();

  function until(wanted: RegExp | ((rows: string[]) => boolean), timeoutMs = 30_000): Promise<string[]> {
    const matches = (lines: string[]) =>
      typeof wanted === "function"
        ? wanted(lines)
        : new RegExp(wanted, wanted.flags.replace(/[gy]/g, "")).test(lines.join("\n"));
    return new Promise((resolve, reject) => {
      const stop = () => {
        clearTimeout(timer);
        watchers.delete(watcher);
      };
      const giveUp = (why: string) => {
        stop();
        const picture = screenNow().join("\n").trimEnd();
        reject(new Error(`${why} while waiting for ${wanted}. The screen was:\n${picture}\n(end of screen)`));
      };
      const watcher = () => {
        // A frame that is still being written (DEC mode 2026) is nothing a user would see.
        if (modes.isOn(2026) && !ended) return;
        const lines = screenNow();
        try {
          if (matches(lines)) {
            stop();
            resolve(lines);
          } else if (ended) {
            giveUp(`The program ended (${child.signalCode ?? `exit code ${child.exitCode}`})`);
          }
        } catch (error) {
          stop();
          reject(error);
        }
      };
      const timer = setTimeout(() => giveUp(`${timeoutMs} ms passed`), timeoutMs);
      watchers.add(watcher);
      void flushed().then(() => watchers.has(watcher) && watcher());
    });
  }

  async function readsKeys(timeoutMs = 30_000): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    // The kernel announces no change of mode, so this is the one thing that is asked again and again.
    while (isCooked(tty?.localFlags ?? 0)) {
      if (ended || performance.now() > deadline) throw new Error("the program never read keys one by one");
      await Bun.sleep(2);
    }
  }

  return {
    pid: child.pid,
    readsKeys,
    send: (bytes) => {
      if (!tty.closed) tty.write(bytes);
    },
    press: (...keys) => send(keys.map(keyBytes).join("")),
    paste: (text) => send(modes.isOn(2004) ? `\x1b[200~${text}\x1b[201~` : text),
    screen: () => flushed().then(screenNow),
    cells: () => flushed().then(() => screenCells(xterm.buffer.active, xterm.cols, xterm.rows)),
    until,
    resize(newColumns, newRows) {
      xterm.resize(newColumns, newRows);
      tty.resize(newColumns, newRows);
    },
    kill: (signal) => child.kill(signal),
    hangUp: () => tty.close(),
    exited,
    get alternateScreen() {
      return xterm.buffer.active.type === "alternate";
    },
    get cursorVisible() {
      return modes.isOn(25);
    },
    get title() {
      return title;
    },
    leftBehind: () => [...modes.leftOn(), ...(tty.closed || isCooked(tty.localFlags) ? [] : ["raw mode"])],
    output: () => Buffer.concat(chunks).toString(),
    get bytes() {
      return chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    },
    async [Symbol.asyncDispose]() {
      if (!ended) child.kill("SIGKILL");
      await exited;
      tty.close();
      xterm.dispose();
    },
  };
}

/** Ink draws no live screen when it believes to run in CI; and colours are the test's own affair. */
function outsideCi(): Record<string, string | undefined> {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(CI|CI_.*|CONTINUOUS_INTEGRATION|NO_COLOR|FORCE_COLOR|LINES|COLUMNS|TMUX)$/.test(name),
  );
  return Object.fromEntries(kept);
}

/** ECHO and ICANON of termios(3): what is typed is shown, and read by lines, as a shell expects it. */
function isCooked(localFlags: number): boolean {
  const cooked = 0x8 | (process.platform === "darwin" ? 0x100 : 0x2);
  return (localFlags & cooked) === cooked;
}
