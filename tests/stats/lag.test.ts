import { describe, expect, test } from "bun:test";
import { emptyClock, type LsnClock, lag, record, type Standby } from "../../src/stats/lag.ts";

const second = 1000;

/** A clock fed once a second, `lsns[i]` at second i. */
function clockOf(lsns: readonly bigint[], fromMs = 0): LsnClock {
  return lsns.reduce((clock, lsn, i) => record(clock, fromMs + i * second, lsn), emptyClock);
}

function standby(looks: Partial<Standby>): Standby {
  return {
    clock: emptyClock,
    primaryLsn: null,
    replayLsn: 0n,
    receiveLsn: null,
    receiverAlive: true,
    replayLagSeconds: null,
    secondsSinceReplay: null,
    nowMs: 0,
    ...looks,
  };
}

/** Writes 100 bytes a second for a minute. */
const steady = clockOf(Array.from({ length: 61 }, (_, i) => BigInt(i) * 100n));
const atMinute = { clock: steady, primaryLsn: 6000n, nowMs: 60 * second };

describe("with the primary in sight", () => {
  test("the lag is the age of the position that was replayed", () => {
    const behind = lag(standby({ ...atMinute, replayLsn: 4000n }));
    expect(behind).toEqual({ bytes: 2000n, seconds: 20, atLeast: false, source: "lsn-clock" });
    expect(lag(standby({ ...atMinute, replayLsn: 4050n })).seconds).toBe(19.5);
  });

  test("an idle primary gives 0, however old the last replayed transaction is", () => {
    const idle = clockOf(Array.from({ length: 3600 }, () => 500n));
    const caughtUp = standby({
      clock: idle,
      primaryLsn: 500n,
      replayLsn: 500n,
      secondsSinceReplay: 3600,
      nowMs: 3600 * second,
    });
    expect(lag(caughtUp)).toEqual({ bytes: 0n, seconds: 0, atLeast: false, source: "lsn-clock" });
    expect(lag({ ...caughtUp, receiverAlive: false }).seconds).toBe(0);
  });

  test("the first write after a quiet hour does not count the hour", () => {
    const clock = record(clockOf(Array.from({ length: 3600 }, () => 500n)), 3600 * second, 900n);
    const late = standby({ clock, primaryLsn: 900n, replayLsn: 500n, nowMs: 3600 * second });
    expect(lag(late).seconds).toBeLessThanOrEqual(1);
  });

  test("a dead receiver under a moving primary grows second by second", () => {
    const seconds = [61, 62, 63].map((at) => {
      const clock = record(steady, at * second, BigInt(at) * 100n);
      const dead = { clock, primaryLsn: BigInt(at) * 100n, nowMs: at * second, receiverAlive: false };
      return lag(standby({ ...dead, replayLsn: 5000n, receiveLsn: 5000n })).seconds;
    });
    expect(seconds).toEqual([11, 12, 13]);
  });

  test("replay ahead of the last look at the primary is 0, never negative", () => {
    expect(lag(standby({ ...atMinute, replayLsn: 6001n }))).toMatchObject({ bytes: 0n, seconds: 0 });
  });

  test("when history is too short it says at least", () => {
    const short = { clock: clockOf([1000n, 1100n, 1200n]), primaryLsn: 1200n, nowMs: 2 * second };
    expect(lag(standby({ ...short, replayLsn: 10n }))).toEqual({
      bytes: 1190n,
      seconds: 2,
      atLeast: true,
      source: "lsn-clock",
    });
  });

  test("when history is too short the servers' own figures fill in if they say more", () => {
    const short = { clock: clockOf([1000n]), primaryLsn: 1000n, replayLsn: 10n, nowMs: 5 * second };
    const told = lag(standby({ ...short, replayLagSeconds: 42, secondsSinceReplay: 999 }));
    expect(told).toEqual({ bytes: 990n, seconds: 42, atLeast: false, source: "replay_lag" });
    expect(lag(standby({ ...short, replayLagSeconds: 1 }))).toMatchObject({ seconds: 5, atLeast: true });
    const dead = { ...short, receiverAlive: false, receiveLsn: 10n };
    expect(lag(standby({ ...dead, secondsSinceReplay: 7200 }))).toMatchObject({
      seconds: 7200,
      source: "standby",
    });
    expect(lag(standby({ ...dead, secondsSinceReplay: -299 }))).toMatchObject({ seconds: 5, atLeast: true });
  });

  test("just started, a live standby a moment behind is not given the age of its last transaction", () => {
    const started = { clock: clockOf([1000n]), primaryLsn: 1000n, replayLsn: 990n, receiveLsn: 990n };
    expect(lag(standby({ ...started, secondsSinceReplay: 600 })).seconds).toBe(0);
  });
});

describe("without the primary", () => {
  const alone = { clock: null, replayLsn: 500n, secondsSinceReplay: 60 };
  test("a live receiver that has replayed all it got is not behind", () => {
    expect(lag(standby({ ...alone, receiveLsn: 500n }))).toMatchObject({ bytes: 0n, seconds: 0 });
    // After a restart pg_last_wal_receive_lsn() begins below the replay position.
    expect(lag(standby({ ...alone, receiveLsn: 0n }))).toMatchObject({ bytes: 0n, seconds: 0 });
  });

  test("a dead receiver leaves it unknown", () => {
    const dead = lag(standby({ ...alone, receiveLsn: 500n, receiverAlive: false }));
    expect(dead).toEqual({ bytes: null, seconds: null, atLeast: false, source: "unknown" });
    expect(lag(standby({ ...alone, receiverAlive: null })).source).toBe("unknown");
  });

  test("WAL received and not replayed is a lower bound, never negative", () => {
    const behind = lag(standby({ ...alone, receiveLsn: 800n }));
    expect(behind).toEqual({ bytes: 300n, seconds: 60, atLeast: true, source: "standby" });
    expect(lag(standby({ ...alone, receiveLsn: 800n, secondsSinceReplay: -299 })).seconds).toBe(0);
    expect(lag(standby({ ...alone, receiveLsn: 800n, secondsSinceReplay: null })).seconds).toBeNull();
  });
});

test("another timeline or no replay position is unknown", () => {
  expect(lag(standby({ ...atMinute, replayLsn: 100n, otherTimeline: true })).source).toBe("unknown");
  expect(lag(standby({ ...atMinute, replayLsn: null })).seconds).toBeNull();
});

describe("the clock", () => {
  test("stays small over a day and reaches back two hours", () => {
    let clock = emptyClock;
    for (let at = 0; at < 86_400; at++) clock = record(clock, at * second, BigInt(at));
    expect(clock.recent.length + clock.older.length).toBeLessThan(1300);
    const now = { clock, primaryLsn: 86_399n, nowMs: 86_399 * second };
    expect(lag(standby({ ...now, replayLsn: 86_399n - 7000n })).seconds).toBeCloseTo(7000, 0);
    expect(lag(standby({ ...now, replayLsn: 0n }))).toMatchObject({ atLeast: true });
    expect(lag(standby({ ...now, replayLsn: 0n })).seconds).toBeGreaterThan(7150);
  });

  test("keeps one sample a second of a faster poll, and always the newest", () => {
    let clock = emptyClock;
    for (let at = 0; at <= 10_000; at += 100) clock = record(clock, at, BigInt(at));
    expect(clock.recent.length).toBe(11);
    expect(clock.recent.at(-1)).toEqual({ atMs: 10_000, lsn: 10_000n });
  });

  test("forgets WAL that a crash took back, and samples out of order", () => {
    const crashed = record(clockOf([100n, 200n, 300n]), 3 * second, 150n);
    expect(crashed.recent.map((sample) => sample.lsn)).toEqual([100n, 150n]);
    expect(record(crashed, 0, 900n)).toBe(crashed);
  });
});
