import { afterAll, expect, test } from "bun:test";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { readFileInTime, textInTime } from "../../src/services/files.ts";

const folder = mkdtempSync(join(tmpdir(), "pgparade-slow-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Has every thread of the runtime wait, as for a network file system that is gone; the returned function ends that. */
function standstill(): () => Promise<void> {
  const pipes = Array.from({ length: Math.max(2, availableParallelism()) }, (_, n) =>
    join(folder, `pipe${n}`),
  );
  execFileSync("mkfifo", pipes);
  const reads = pipes.map((pipe) => readFile(pipe));
  return async () => {
    for (const pipe of pipes) writeFileSync(pipe, "");
    await Promise.all(reads);
  };
}

test("a file system that does not answer is told in words, not asked again, and read when it is back", async () => {
  for (const name of ["one", "other"]) mkdirSync(join(folder, name));
  const file = join(folder, "one", "file");
  writeFileSync(file, "text");
  const late = { ok: false, code: "LATE", why: "does not answer" };
  const goOn = standstill();
  try {
    const reads = [readFileInTime(file, 100), readFileInTime(file, 100)];
    let turns = 0;
    const drawing = setInterval(() => (turns += 1), 1);
    expect(await Promise.all(reads)).toEqual([expect.objectContaining(late), expect.objectContaining(late)]);
    clearInterval(drawing);
    expect(turns).toBeGreaterThan(3);
    expect(await readFileInTime(file, 100)).toMatchObject(late);
  } finally {
    await goOn();
  }
  while ((await textInTime(file, 100)) === "") await Bun.sleep(10);
  expect(await textInTime(file, 100)).toBe("text");
}, 60_000);

test("reads of one folder take turns, and one that cannot be read stops no other", async () => {
  for (let n = 0; n < 100; n++) writeFileSync(join(folder, `f${n}`), String(n));
  const texts = await Promise.all(
    Array.from({ length: 100 }, (_, n) => textInTime(join(folder, n === 50 ? "none" : `f${n}`), 100)),
  );
  expect(texts).toEqual(Array.from({ length: 100 }, (_, n) => (n === 50 ? "" : String(n))));
});
