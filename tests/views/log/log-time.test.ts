import { expect, test } from "bun:test";
import { momentOf } from "../../../src/views/log/log-time.ts";

const utc = (text: string) => Date.parse(`${text}Z`) / 1000;
const moment = (text: string, name: string, offset = 0) => momentOf(text, { name, offset });

test("the abbreviation of a line tells summer from winter, where the hour comes twice too", () => {
  const newYork = "America/New_York";
  expect(moment("2026-11-01 01:30:00.000 EDT", newYork)).toBe(utc("2026-11-01T05:30:00"));
  expect(moment("2026-11-01 01:30:00.000 EST", newYork)).toBe(utc("2026-11-01T06:30:00"));
  expect(moment("2026-11-27 21:20:01.250 CET", "Europe/Berlin")).toBe(utc("2026-11-27T20:20:01.250"));
  expect(moment("2026-07-01 12:00:00 CEST", "Europe/Berlin")).toBe(utc("2026-07-01T10:00:00"));
  expect(moment("2026-11-27 17:20:01 -03", "America/Sao_Paulo")).toBe(utc("2026-11-27T20:20:01"));
  expect(moment("2026-11-27 02:05:00 +0545", "Asia/Kathmandu")).toBe(utc("2026-11-26T20:20:00"));
  expect(moment("2026-11-27 17:20:01 XYZ", "XYZ3", -10_800)).toBe(utc("2026-11-27T20:20:01"));
});

test("what was written in another log_timezone has its own time, or none where its abbreviation means several", () => {
  expect(moment("2026-07-01 12:00:00 CEST", "Asia/Tokyo")).toBe(utc("2026-07-01T10:00:00"));
  expect(moment("2026-07-01 12:00:00 EST", "Europe/Berlin")).toBe(utc("2026-07-01T17:00:00"));
  expect(moment("2026-07-01 12:00:00 IST", "Europe/Berlin")).toBeNull();
  expect(moment("2026-07-01 12:00:00 CST", "UTC")).toBeNull();
  expect(moment("2026-07-01 12:00:00 XYZ", "Europe/Berlin", 3600)).toBeNull();
});

test.each([
  ["CST", "America/Chicago", "18:00"],
  ["CST", "Asia/Shanghai", "04:00"],
  ["CST", "America/Havana", "17:00"],
  ["PST", "America/Los_Angeles", "20:00"],
  ["PST", "Asia/Manila", "04:00"],
  ["IST", "Asia/Kolkata", "06:30"],
  ["IST", "Asia/Jerusalem", "10:00"],
])("%s in %s", (abbreviation, zone, time) => {
  expect(moment(`2026-01-15 12:00:00 ${abbreviation}`, zone)).toBe(utc(`2026-01-15T${time}`));
});

test("what is no moment is none", () => {
  for (const text of ["yesterday", "", "2026-07-01 12:00:00"]) expect(moment(text, "UTC")).toBeNull();
});
