import { describe, expect, test } from "bun:test";
import {
  costOfMinute,
  nothingSpent,
  type Question,
  type Spent,
  withQuestion,
} from "../../src/stats/own-cost.ts";

const after = (questions: readonly Question[], sinceMs = 0): Spent =>
  questions.reduce(withQuestion, nothingSpent(sinceMs));

/** One a second with three statements, each answered in so many milliseconds. */
const pulses = (seconds: number, tookMs: number) =>
  Array.from({ length: seconds }, (_, second) => ({
    ...{ fromMs: second * 1000, toMs: second * 1000 + tookMs },
    statements: 3,
  }));

describe("what we cost a server", () => {
  test("is unknown before there is a whole minute, which is not nothing", () => {
    expect(costOfMinute(after(pulses(59, 10)), 59_999)).toBeNull();
    expect(costOfMinute(after([], 1000), 60_500)).toBeNull();
    expect(costOfMinute(after([]), 60_000)).toEqual({ share: 0, statements: 0 });
  });

  test("is the time from question to answer of a server second, and the statements of a minute", () => {
    expect(costOfMinute(after(pulses(60, 10)), 60_000)).toEqual({ share: 0.01, statements: 180 });
    // The stretch that has begun is no part of it.
    expect(costOfMinute(after(pulses(63, 10)), 63_500)).toEqual({ share: 0.01, statements: 180 });
  });

  test("forgets what is older than a minute", () => {
    expect(costOfMinute(after(pulses(60, 10)), 90_000)).toEqual({ share: 0.005, statements: 90 });
    expect(costOfMinute(after(pulses(60, 10)), 600_000)).toEqual({ share: 0, statements: 0 });
  });

  test("counts a long question in all the time that it ran, and as much of it as is in the minute", () => {
    const long = { fromMs: 10_000, toMs: 40_000, statements: 3 };
    expect(costOfMinute(after([long]), 60_000)?.share).toBeCloseTo(0.5);
    expect(costOfMinute(after([long]), 85_000)?.share).toBeCloseTo(0.25);
    const endless = { fromMs: 0, toMs: 300_000, statements: 3 };
    expect(costOfMinute(after([endless]), 300_000)?.share).toBeCloseTo(1);
  });

  test("counts two questions at once twice", () => {
    const one = { fromMs: 0, toMs: 30_000, statements: 3 };
    expect(costOfMinute(after([one, one]), 60_000)).toEqual({ share: 1, statements: 6 });
  });
});
