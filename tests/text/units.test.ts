import { expect, test } from "bun:test";
import { parseDuration, parsePercent, parseSize, printDuration, printSize } from "../../src/text/units.ts";

test.each([
  ["500ms", 500],
  ["1s", 1000],
  ["1.5s", 1500],
  [" 5 min ", 300_000],
  ["2h", 7_200_000],
  ["1d", 86_400_000],
  ["0s", 0],
])("the duration %p is %d ms", (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each(["", "1", "s", "1 m", "1S", "-1s", "1e3s", "1s2", "0x1s", "∞", "0.1ms", `${"9".repeat(30)}d`])(
  "%p is not a duration",
  (text) => {
    expect(parseDuration(text)).toBeNull();
  },
);

test.each([
  ["512B", 512],
  ["8kB", 8192],
  ["16MB", 16 * 1024 ** 2],
  ["1GB", 1024 ** 3],
  ["1.5TB", 1.5 * 1024 ** 4],
])("the size %p is %d bytes", (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});

test.each(["16", "16mb", "16KB", "1s", "1 GiB"])("%p is not a size", (text) => {
  expect(parseSize(text)).toBeNull();
});

test("a percentage needs its sign", () => {
  expect(parsePercent("80%")).toBe(80);
  expect(parsePercent("99.5%")).toBe(99.5);
  expect(parsePercent("80")).toBeNull();
});

test.each(["0s", "250ms", "90s", "5min", "25h", "1d"])("%p prints as it was written", (text) => {
  expect(printDuration(parseDuration(text) ?? -1)).toBe(text);
});

test.each(["0B", "1000B", "8kB", "256MB", "1GB"])("%p prints as it was written", (text) => {
  expect(printSize(parseSize(text) ?? -1)).toBe(text);
});
