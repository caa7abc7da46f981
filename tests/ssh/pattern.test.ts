import { expect, test } from "bun:test";
import { fitsPatterns } from "../../src/ssh/pattern.ts";

test("names fit patterns as ssh_config(5) has them", () => {
  const fits = (name: string, ...patterns: string[]) => fitsPatterns(name, patterns);
  expect(fits("db1", "db1")).toBe(true);
  expect(fits("db1", "db2", "db?")).toBe(true);
  expect(fits("db", "db?")).toBe(false);
  expect(fits("db1.example.com", "*.example.com")).toBe(true);
  expect(fits("db1.example.com", "*.example.com", "!db1.*")).toBe(false);
  expect(fits("db1.example.com", "!db2.*")).toBe(false);
  expect(fits("10.0.0.7", "10.0.*.7")).toBe(true);
  expect(fits("a.b", "a?b")).toBe(true);
  expect(fits("anything", "*")).toBe(true);
  expect(fits("", "*")).toBe(true);
  expect(fits("db1", "")).toBe(false);
});

test("a pattern of many stars is answered, which trying every way would not be in a day", () => {
  expect(fitsPatterns("a".repeat(200), [`${"*a".repeat(40)}*b`])).toBe(false);
});
