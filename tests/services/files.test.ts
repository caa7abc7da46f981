import { afterAll, expect, test } from "bun:test";
import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { readFileInTime, textInTime } from "../../src/services/files.ts";

const folder = mkdtempSync(join(tmpdir(), "pgparade-slow-"));
afterAll(() => rmSync(folder, { recursive: true }));

function end(pipe: string): void {
  try {
    closeSync(openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK));
  } catch {
    // ENXIO: nothing reads it now.
  }
}

/** Has every thread of the runtime wait, as for a network file system that is gone; the returned function ends that. */
async function standstill(): Promise<() => Promise<void>> {
  const pipes = Array.from({ length: 4 * Math.max(2, availableParallelism()) }, (_, n) =>
    join(folder, `pipe${n}`),
  );
  execFileSync("mkfifo", pipes);
  const reads: Promise<unknown>[] = pipes.map((pipe) => readFile(pipe));
  // The runtime keeps no order among reads: only one that does not end tells that all threads wait.
  const another = () => {
    const read = readFile(import.meta.path).then(() => true);
    reads.push(read);
    return Promise.race([read, Bun.sleep(200).then(() => false)]);
  };
  while (await another());
  return async () => {
    let areRead = false;
    const all = Promise.all(reads).then(() => (areRead = true));
    // A pipe whose read has no thread yet cannot be written to: it gets one when another ends.
    while (!areRead) {
      for (const pipe of pipes) end(pipe);
      await Bun.sleep(5);
    }
    await all;
  };
}

test("a file system that does not answer is told in words, not asked again, and read when it is back", async () => {
  for (const name of ["one", "other"]) mkdirSync(join(folder, name));
  const file = join(folder, "one", "file");
  writeFileSync(file, "text");
  const late = { ok: false, code: "LATE", why: "does not answer" };
  const goOn = await standstill();
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
