import { expect, test } from "bun:test";
import { join } from "node:path";
import { start } from "../support/terminal/terminal.ts";

const fixture = join(import.meta.dir, "../support/terminal/crash.fixture.tsx");

test.each(["throw", "reject", "render"])(
  "a bug that ends in %s gives the terminal back and says so",
  async (kind) => {
    await using terminal = start([process.execPath, fixture, kind], { columns: 80, rows: 24 });
    await terminal.until(/ready/);
    await terminal.readsKeys();
    terminal.press("x");
    expect((await terminal.exited).code).toBe(70);
    expect(terminal.leftBehind()).toEqual([]);
    expect((await terminal.screen()).join("\n")).toContain("this is a bug, please report it");
  },
);
