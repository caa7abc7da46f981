import { expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const source = join(import.meta.dir, "../../src/log.ts");

test("a line of the log holds nothing that a terminal would obey, and the same values", () => {
  const folder = mkdtempSync(join(tmpdir(), "pgparade-log-"));
  try {
    const hostile = "\u001b[31m \u0007 \u007f \u009b31m \u202e \u2028 \u{e0041} plain ü";
    const program = `
      const { log, openLog } = await import(${JSON.stringify(source)});
      await openLog(${JSON.stringify(folder)}, "info");
      log("info", ${JSON.stringify(hostile)}, { from: ${JSON.stringify(hostile)} });`;
    expect(Bun.spawnSync([process.execPath, "-e", program]).exitCode).toBe(0);
    const text = readFileSync(join(folder, "pgparade.1.log"), "utf8");
    expect(text).not.toMatch(/[^\P{C}\n]|\p{Zl}|\p{Zp}/u);
    expect(text).toContain("plain ü");
    expect(JSON.parse(text)).toMatchObject({ msg: hostile, from: hostile });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
