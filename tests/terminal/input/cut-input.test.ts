import { describe, expect, test } from "bun:test";
import type { Terminal } from "../../support/terminal/terminal.ts";
import { ready, refusing, watching } from "../../support/terminal/watching.ts";

const cursorAt = (line: number) => (rows: string[]) => rows.findIndex((row) => row.startsWith("❯")) === line;

/** Two nodes that nothing listens for, and the line of the screen that the cursor is on. */
async function twoNodes(env: Record<string, string | undefined>) {
  const other = refusing.replace("port=1", "port=2");
  const terminal = watching([refusing, other], { env });
  await ready(terminal, /:1 .*connection refused[\s\S]*:2 .*connection refused/);
  const line = (await terminal.screen()).findIndex((row) => row.startsWith("❯"));
  return { terminal, first: line };
}

/** Sends pieces with a pause before each but the first, and returns the longest pause that it became. */
async function inPieces(terminal: Terminal, pieces: readonly string[], pauseMs: number): Promise<number> {
  let longest = 0;
  let sentMs = performance.now();
  for (const [at, piece] of pieces.entries()) {
    if (at > 0) await Bun.sleep(pauseMs);
    terminal.press(piece);
    longest = Math.max(longest, performance.now() - sentMs);
    sentMs = performance.now();
  }
  return longest;
}

const overSsh = { SSH_CONNECTION: "192.0.2.1 50000 192.0.2.2 22" };

const arrows: [string, string[]][] = [
  ["two pieces", ["\u001b", "[B"]],
  ["two pieces, cut late", ["\u001b[", "B"]],
  ["three pieces", ["\u001b", "[", "B"]],
  ["two pieces, in application mode", ["\u001b", "OB"]],
  ["two pieces, in application mode, cut late", ["\u001bO", "B"]],
];

/** A pause within the key, and the longest that the program waits for certain. */
const lines = [
  { line: "over ssh", env: overSsh, pauseMs: 200, safeMs: 350 },
  { line: "on this machine", env: {}, pauseMs: 60, safeMs: 110 },
] as const;

describe.each(lines)("an arrow that comes $line", ({ env, pauseMs, safeMs }) => {
  test.each(arrows)("in %s is an arrow", async (_, pieces) => {
    const { terminal, first } = await twoNodes({ SSH_CONNECTION: undefined, SSH_TTY: undefined, ...env });
    await using _terminal = terminal;
    // A busy machine may hold this test up for longer than any program waits: that says nothing, so it tries again.
    for (let longest = Number.POSITIVE_INFINITY; longest > safeMs; ) {
      // Escape as a command of its own would drop the filter.
      terminal.press("g", "/", "C-u", "1", "2", "7", "Enter");
      await terminal.until((rows) => /filter \/127/.test(rows.join("\n")) && cursorAt(first)(rows));
      longest = await inPieces(terminal, pieces, pauseMs);
    }
    await terminal.until(cursorAt(first + 1));
    expect((await terminal.screen()).join("\n")).toContain("filter /127");
  });
});

test("the tail of an arrow that comes after its Escape was obeyed is swallowed", async () => {
  const { terminal, first } = await twoNodes({});
  await using _terminal = terminal;
  terminal.press("/", "1", "2", "7", "Enter");
  await terminal.until(/filter \/127/);
  terminal.press("Escape");
  await terminal.until((rows) => !rows.join("\n").includes("filter /127"));
  // The bracket alone would be the node before.
  terminal.press("[B");
  await Bun.sleep(5);
  terminal.press("?");
  await terminal.until(/NAVIGATION/);
  terminal.press("?");
  await terminal.until(cursorAt(first));
});

const answers: [string, string][] = [
  ["the background's colour", "\u001b]11;rgb:1e1e/1e1e/1e1e\u001b\\"],
  ["a colour with BEL", "\u001b]10;rgb:ffff/ffff/ffff\u0007"],
  ["device attributes", "\u001b[?62;4;22c"],
  ["the cursor's position", "\u001b[12;40R"],
  ["the terminal's version", "\u001bP>|pq(370)\u001b\\"],
  ["a mode", "\u001b[?2026;2$y"],
  ["focus", "\u001b[I\u001b[O"],
  ["a mouse report", "\u001b[<0;12;7M"],
  ["a mouse report in X10's form", "\u001b[Mq:?"],
  ["Alt-q by kitty", "\u001b[113;3u"],
  ["Alt-q by modifyOtherKeys", "\u001b[27;3;113~"],
];

test("answers of the terminal and keys with Alt do nothing, wherever they are cut", async () => {
  const { terminal } = await twoNodes(overSsh);
  await using _terminal = terminal;
  const before = (await terminal.screen()).slice(-1);
  // In two pieces that a busy machine sends apart it is Escape and q, so it comes in one.
  terminal.press("\u001bq", "\u001bQ", "\u001b:", "\u001b\r");
  for (const [, answer] of answers)
    for (let cut = 1; cut < answer.length; cut++) {
      // The program reads the first piece for itself.
      terminal.press(answer.slice(0, cut));
      await Bun.sleep(5);
      terminal.press(answer.slice(cut));
    }
  terminal.press("/", "x", "y", "z");
  await terminal.until(/\/xyz +↵ keep/);
  terminal.press("Backspace", "Backspace", "Backspace", "Enter");
  await terminal.until((rows) => rows.at(-1) === before[0]);
});

test("a paste that is cut anywhere is one paste", async () => {
  const { terminal } = await twoNodes({});
  await using _terminal = terminal;
  const text = "\u001b[200~zwölf q\u001b[201~";
  const bytes = new TextEncoder().encode(text);
  terminal.press("/");
  await terminal.until(/↵ keep/);
  for (let cut = 1; cut < bytes.length; cut++) {
    terminal.send(bytes.subarray(0, cut));
    await Bun.sleep(5);
    terminal.send(bytes.subarray(cut));
    await terminal.until(/\/zwölf q +↵ keep/);
    terminal.press("C-u");
    await terminal.until(/\/ +↵ keep/);
  }
});
