import { expect, test } from "bun:test";
import { readHistory } from "../../src/discovery/history.ts";

function changes(given: unknown) {
  const read = readHistory(typeof given === "string" ? given : JSON.stringify(given));
  if (!read.ok) throw new Error(read.why);
  return read.changes;
}

test("Patroni's own answer is read, also an old one without time and leader", () => {
  const reason = "no recovery target specified";
  expect(
    changes([
      [1, 25623960, reason, "2026-09-23T16:57:57.123+00:00", "pg2"],
      [2, 25624344, reason],
    ]),
  ).toEqual([
    { timeline: 1, lsn: 25623960, reason, atMs: Date.UTC(2026, 8, 23, 16, 57, 57, 123), leader: "pg2" },
    { timeline: 2, lsn: 25624344, reason, atMs: null, leader: null },
  ]);
  expect(changes([])).toEqual([]);
});

test("what is of another form is not known, and what is no change is left out", () => {
  const unknown = { lsn: null, reason: null, atMs: null, leader: null };
  expect(
    changes([
      ...[null, "x", {}, [], ["1"], [0], [1.5], [2 ** 40]],
      [3, "0/3000060", 5, "yesterday", {}],
      [2, -1, "", 7, "n".repeat(300)],
      [3, 1e300, "r".repeat(1000)],
    ]),
  ).toEqual([
    { timeline: 2, ...unknown },
    { timeline: 3, ...unknown },
  ]);
});

test("of a long history the newest stay, in their order", () => {
  const all = Array.from({ length: 5000 }, (_, at) => [5000 - at, 1, "r"]);
  const read = changes(all);
  expect(read).toHaveLength(100);
  expect([read[0]?.timeline, read.at(-1)?.timeline]).toEqual([4901, 5000]);
});

test("an answer that is no list is refused", () => {
  for (const text of ["", "<html>", "{}", "null", "5"])
    expect(readHistory(text)).toEqual({ ok: false, why: "the answer is no list" });
});
