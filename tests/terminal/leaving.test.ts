import { describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serversForTests } from "../support/servers/servers.ts";
import { inShell, ready, refusing, watching } from "../support/terminal/watching.ts";

const servers = serversForTests();
const promptlyMs = 20_000;

/** A node that answers at first and is then frozen, as behind a dead network path. */
async function frozenNode() {
  const server = await servers.lone("frozen");
  const target = `host=127.0.0.1 port=${server.port} user=monitor dbname=postgres`;
  return { server, target };
}

describe("signals that mean nothing to it", () => {
  test.each([
    "SIGUSR1",
    "SIGUSR2",
    "SIGPIPE",
    "SIGALRM",
    "SIGVTALRM",
    "SIGPROF",
    "SIGIO",
    "SIGXFSZ",
    "SIGTTIN",
    "SIGTTOU",
    "SIGCONT",
    "SIGWINCH",
    // In a window of its own there is no shell that could wake it.
    "SIGTSTP",
  ] as const)("like %s do not end it, and it goes on", async (signal) => {
    await using terminal = watching([refusing]);
    await ready(terminal, /connection refused/);
    terminal.kill(signal);
    terminal.press("?");
    await terminal.until(/NAVIGATION/);
    terminal.press("q");
    expect(await terminal.exited).toEqual({ code: 0, signal: null });
    expect(terminal.leftBehind()).toEqual([]);
  });
});

test("Ctrl-Z in a window without a shell does not freeze it", async () => {
  await using terminal = watching([refusing]);
  await ready(terminal, /connection refused/);
  terminal.press("C-z");
  await terminal.until(() => /\x1b\[\?1049l[\s\S]*\x1b\[\?1049h/.test(terminal.output()));
  await ready(terminal, /connection refused/);
  terminal.press("?");
  await terminal.until(/NAVIGATION/);
});

describe("the terminal is left clean", () => {
  test.each([
    ["q", 0],
    ["C-c", 0],
  ])("after %s", async (key, code) => {
    await using terminal = watching([refusing]);
    await ready(terminal, /connection refused/);
    terminal.press(key);
    expect(await terminal.exited).toEqual({ code, signal: null });
    expect(terminal.leftBehind()).toEqual([]);
    expect(terminal.alternateScreen).toBe(false);
    expect(terminal.cursorVisible).toBe(true);
  });

  test.each([
    ["SIGTERM", 143],
    ["SIGHUP", 129],
    ["SIGINT", 130],
    ["SIGQUIT", 131],
    ["SIGTRAP", 133],
    ["SIGABRT", 134],
    ["SIGXCPU", 152],
    ["SIGSYS", 159],
  ] as const)("after %s", async (signal, code) => {
    await using terminal = watching([refusing]);
    await ready(terminal, /connection refused/);
    terminal.kill(signal);
    expect(await terminal.exited).toEqual({ code, signal: null });
    expect(terminal.leftBehind()).toEqual([]);
  });

  test("while the help, the palette or the filter is open", async () => {
    for (const [open, shown] of [
      ["?", /NAVIGATION/],
      [":", /↵ go/],
      ["/", /↵ keep/],
    ] as const) {
      await using terminal = watching([refusing]);
      await ready(terminal, /connection refused/);
      terminal.press(open);
      await terminal.until(shown);
      terminal.press("C-c");
      expect(await terminal.exited).toEqual({ code: 0, signal: null });
      expect(terminal.leftBehind()).toEqual([]);
    }
  });

  test("while it is stopped by a signal from outside, and it takes the screen back when it goes on", async () => {
    const folder = mkdtempSync(join(tmpdir(), "pgparade-modes-"));
    await using terminal = inShell(
      `set -m; cd ${folder}; stty -a > before; (echo $BASHPID > pid; exec $program)
      echo stopped; stty -a | cmp before - && echo same; read answer; fg
      echo halted; read answer; fg
      stty -a | cmp before - && echo over`,
      [refusing],
      { columns: 100, rows: 20 },
    );
    await ready(terminal, /connection refused/);
    const pid = Number(readFileSync(join(folder, "pid"), "utf8"));
    process.kill(pid, "SIGTSTP");
    await terminal.until(/^stopped\s+same$/m);
    expect(terminal.leftBehind()).toEqual([]);
    terminal.press("Enter");
    await ready(terminal, /NODE[\s\S]*connection refused[\s\S]*q quit/);
    terminal.press("?");
    await terminal.until(/NAVIGATION/);
    // No program sees this one coming; its screen stays while the shell is used.
    process.kill(pid, "SIGSTOP");
    await terminal.until(/^halted$/m);
    terminal.press("Enter");
    await ready(terminal, /NAVIGATION/);
    terminal.press("q");
    await terminal.until(/^over$/m);
    expect(terminal.leftBehind()).toEqual([]);
    rmSync(folder, { recursive: true });
  });

  test("while it is stopped with Ctrl-Z, and fg brings the screen back", async () => {
    await using terminal = inShell("set -m; $program; echo stopped; read answer; fg; echo over", [refusing], {
      columns: 100,
      rows: 20,
    });
    await ready(terminal, /connection refused/);
    terminal.press("C-z");
    await terminal.until(/^stopped$/m);
    expect(terminal.leftBehind()).toEqual([]);
    terminal.press("Enter");
    await ready(terminal, /NODE[\s\S]*connection refused[\s\S]*q quit/);
    terminal.press("?");
    await terminal.until(/NAVIGATION/);
    terminal.press("q");
    await terminal.until(/^over$/m);
    expect(await terminal.exited).toEqual({ code: 0, signal: null });
    expect(terminal.leftBehind()).toEqual([]);
  });
});

test("a closed window ends the program", async () => {
  await using terminal = watching([refusing]);
  await ready(terminal, /connection refused/);
  terminal.hangUp();
  expect(await terminal.exited).toEqual({ code: 129, signal: null });
});

test("a frozen node neither holds up keys nor the way out", async () => {
  const { server, target } = await frozenNode();
  await using terminal = watching([target, refusing]);
  await ready(terminal, /● 127\.0\.0\.1:\d+ +primary/);
  server.freeze();
  try {
    await terminal.until(/◌ 127\.0\.0\.1:\d+ +primary .*no answer for/);
    terminal.press("j");
    await terminal.until(/❯✖ 127\.0\.0\.1:1 /, promptlyMs);
    terminal.press("?");
    await terminal.until(/NAVIGATION/, promptlyMs);
    terminal.press("Escape");
    await terminal.until(/❯✖ 127\.0\.0\.1:1 /, promptlyMs);
    terminal.press("1");
    await terminal.until(/newest sample/, promptlyMs);
    const pressed = performance.now();
    terminal.press("q");
    expect(await terminal.exited).toEqual({ code: 0, signal: null });
    expect(performance.now() - pressed).toBeLessThan(promptlyMs);
    expect(terminal.leftBehind()).toEqual([]);
  } finally {
    server.thaw();
  }
});
