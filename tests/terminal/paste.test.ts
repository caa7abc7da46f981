import { expect, test } from "bun:test";
import type { Terminal } from "../support/terminal/terminal.ts";
import { ready, refusing, watching } from "../support/terminal/watching.ts";

const million = 1 << 20;
const bigMs = 20_000;

const prompts: [string, string[], RegExp, RegExp][] = [
  ["form", ["o", "N"], /From a string/, /cut at 8192 characters/],
  ["palette", [":"], /↵ go/, /cut at 256 characters/],
  ["picker", ["n"], /node:/, /cut at 256 characters/],
  ["filter", ["/"], /keep with Enter/, /cut at 8192 characters/],
];

async function open(keys: readonly string[], shown: RegExp): Promise<Terminal> {
  const terminal = watching([refusing]);
  await ready(terminal, /connection refused/);
  terminal.press(...keys);
  await terminal.until(shown);
  return terminal;
}

test.each(prompts)(
  "a paste of 1 MB into the %s is cut with a word, and keys go on",
  async (_, keys, shown, cut) => {
    await using terminal = await open(keys, shown);
    terminal.paste("a=1 ".repeat(million / 4));
    await terminal.until(cut, bigMs);
    terminal.press("C-u", "x", "y", "z", "z", "y");
    await terminal.until(/xyzzy/);
    expect((await terminal.screen()).join("\n")).not.toContain("cut at");
  },
  60_000,
);

test("1 MB without bracketed paste does not hold up the form either", async () => {
  await using terminal = await open(["o", "N"], /From a string/);
  terminal.press("a=1 ".repeat(million / 4));
  await terminal.until(/cut at 8192 characters/, bigMs);
  terminal.press("C-u", "x", "y", "z", "z", "y");
  await terminal.until(/xyzzy/, bigMs);
}, 60_000);
