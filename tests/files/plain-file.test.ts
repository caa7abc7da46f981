import { afterAll, expect, test } from "bun:test";
import { appendFileSync, chmodSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isAbsent, readPlainFile, readPlainFileNow } from "../../src/files/plain-file.ts";
import { awkwardFiles } from "../support/awkward-files.ts";

const awkward = await awkwardFiles();
afterAll(awkward.remove);
const at = (name: string) => join(awkward.folder, name);
const readers = { readPlainFile, readPlainFileNow };

test.each(Object.entries(awkward.paths))(
  "%s is refused in words and never waited for",
  async (_, [path, why]) => {
    for (const read of Object.values(readers)) {
      const found = await read(path, 1_048_576);
      expect(found).toMatchObject({ ok: false, why: expect.stringMatching(why) });
      expect(isAbsent(found)).toBe(false);
    }
  },
);

test("a file is read whole with its permissions, up to the limit and not a byte above", async () => {
  for (const read of Object.values(readers))
    for (const size of [0, 1, 65_535, 65_536, 65_537, 200_000, 200_001]) {
      writeFileSync(at("plain"), "x".repeat(size));
      chmodSync(at("plain"), 0o640);
      const found = await read(at("plain"), 200_000);
      if (size > 200_000) expect(found).toMatchObject({ ok: false, code: "SIZE" });
      else expect(found).toMatchObject({ ok: true, mode: 0o640, uid: process.getuid?.() });
      if (found.ok) expect(found.bytes.toString()).toBe("x".repeat(size));
    }
});

test("what is not there is absent, also behind a file and under a name that is too long", async () => {
  writeFileSync(at("plain"), "");
  for (const read of Object.values(readers)) {
    expect(isAbsent(await read(at("none"), 10))).toBe(true);
    expect(isAbsent(await read(at("plain/none"), 10))).toBe(true);
    expect(await read(at("n".repeat(300)), 10)).toMatchObject({ ok: false, why: "is not there" });
    expect(await read("a\0b", 10)).toMatchObject({ ok: false });
  }
});

test("a file whose size says nothing, as in /proc, is read to its end", async () => {
  for (const read of Object.values(readers)) {
    const found = await read("/proc/self/status", 1_048_576);
    expect(found.ok && found.bytes.toString()).toContain("VmRSS:");
  }
});

test("a file that grows or shrinks while it is read ends", async () => {
  writeFileSync(at("moving"), "x".repeat(500_000));
  let isOver = false;
  const read = (async () => {
    for (let round = 0; round < 50; round++) {
      const found = await readPlainFile(at("moving"), 1_000_000);
      expect(found.ok ? found.bytes.length <= 1_000_000 : found.code === "SIZE").toBe(true);
    }
    isOver = true;
  })();
  for (let round = 0; !isOver; round++) {
    if (round % 20 === 19) truncateSync(at("moving"), 1000);
    else appendFileSync(at("moving"), "y".repeat(90_000));
    await Bun.sleep(0);
  }
  await read;
});

test("/dev/null is an empty file, as people use it", async () => {
  symlinkSync("/dev/null", at("null"));
  for (const read of Object.values(readers))
    for (const path of ["/dev/null", at("null")])
      expect(await read(path, 10)).toMatchObject({ ok: true, bytes: Buffer.alloc(0), mode: 0o400 });
});

test("a link as the last part is followed, or refused where that is asked for", async () => {
  const [zero] = awkward.paths["a link to an endless device"] ?? [""];
  expect(await readPlainFile(zero, 10, "refuse")).toMatchObject({ ok: false, why: "is a link" });
});
