import { expect, test } from "bun:test";
import { boundedPattern } from "../../src/stats/bounded-pattern.ts";

const of = (source: string) => {
  const pattern = boundedPattern(source);
  return pattern.ok ? pattern.test : pattern.why;
};

test.each(["^(a+)+$", "(a*)*", "(a|a)*b", "^(a?){40}a", "((x+)y)*", "(?:a+)+", "(?<n>a|b)+?", "(a{2,3}){9}"])(
  "/%s/ could take for ever and is refused",
  (source) => {
    expect(of(source)).toContain("for ever");
  },
);

test.each<[source: string, text: string]>([
  ["^(report|shop)", "shop-1"],
  ["a\\+\\)\\+$", "a+)+"],
  ["[(+*]+x", "((x"],
  ["from.*where", "select 1 FROM t WHERE x"],
  ["(ab)+c", "ababc"],
  ["a{2}b?(c|d)", "aad"],
  ["\\d+\\.\\d+", "10.1"],
])("/%s/ is taken", (source, text) => {
  const found = of(source);
  expect(typeof found === "function" && found(text)).toBe(true);
});

test("no text that is shown takes long, whatever is typed", () => {
  const text = `${"a".repeat(20_000)}!`;
  for (const source of [".*.*x", "a*a*x", "a.*x", "a+.+x", "^a.*b.*$", "(?:a)+b"]) {
    const found = of(source);
    const before = process.cpuUsage();
    expect(typeof found === "function" && found(text)).toBe(false);
    expect(process.cpuUsage(before).user).toBeLessThan(2_000_000);
  }
  expect(of(".*.*.*x")).toContain("for ever");
});
