import { describe, expect, test } from "bun:test";
import { catchUpSeconds, lag, type Standby } from "../../../src/stats/replication/lag.ts";
import { emptyClock, type LsnClock, record, tell } from "../../../src/stats/replication/wal-time.ts";

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
    receiving: true,
    secondsSinceCommit: null,
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
    expect(behind).toEqual({ bytes: 2000n, seconds: 20, atLeast: false, atMost: null, source: "lsn-clock" });
    expect(lag(standby({ ...atMinute, replayLsn: 4050n })).seconds).toBe(19.5);
  });

  test("an idle primary gives 0, however old the last replayed transaction is", () => {
    const idle = clockOf(Array.from({ length: 3600 }, () => 500n));
    const caughtUp = standby({
      clock: idle,
      primaryLsn: 500n,
      replayLsn: 500n,
      secondsSinceCommit: 3600,
      nowMs: 3600 * second,
    });
    expect(lag(caughtUp)).toEqual({
      bytes: 0n,
      seconds: 0,
      atLeast: false,
      atMost: null,
      source: "lsn-clock",
    });
    expect(lag({ ...caughtUp, receiving: false }).seconds).toBe(0);
  });

  test("the first write after a quiet hour does not count the hour", () => {
    const clock = record(clockOf(Array.from({ length: 3600 }, () => 500n)), 3600 * second, 900n);
    const late = standby({ clock, primaryLsn: 900n, replayLsn: 500n, nowMs: 3600 * second });
    expect(lag(late).seconds).toBeLessThanOrEqual(1);
  });

  test("an old reply does not count a quiet time of the primary", () => {
    const clock = record(record(emptyClock, 0, 500n), 30 * second, 900n);
    const reported = { seconds: 0.001, replayLsn: 500n, ageSeconds: 28 };
    const first = standby({ clock, primaryLsn: 900n, replayLsn: 500n, nowMs: 30 * second, reported });
    expect(lag(first).seconds).toBeLessThanOrEqual(1);
  });

  test("before the clock reaches back, the standby's newest reply to the primary tells the time", () => {
    const once = record(emptyClock, 0, 9000n);
    const looks = { clock: once, primaryLsn: 9000n, replayLsn: 100n, nowMs: 2 * second };
    const told = (
      seconds: number,
      replayLsn: bigint,
      ageSeconds: number,
      secondsSinceCommit: number | null = null,
    ) => lag(standby({ ...looks, secondsSinceCommit, reported: { seconds, replayLsn, ageSeconds } }));
    expect(told(30, 100n, 8)).toMatchObject({ seconds: 38, atLeast: false, source: "primary" });
    expect(told(30, 90n, 1)).toMatchObject({ seconds: 30, atLeast: false, source: "primary" });
    // It has replayed more since that reply: how much later it is, is not known.
    expect(told(30, 90n, 8)).toMatchObject({ seconds: 2, atLeast: true, atMost: 38 });
    expect(told(30, 100n, 8, 12)).toMatchObject({ seconds: 12 });
    expect(told(0, 100n, 0)).toMatchObject({ seconds: 2 });
    expect(told(-5, 100n, 0, 0).seconds).toBeGreaterThanOrEqual(0);
    expect(lag(standby({ ...looks, reported: null }))).toMatchObject({ seconds: 2, atLeast: true });
    const replayed = {
      ...looks,
      replayLsn: 9000n,
      reported: { seconds: 30, replayLsn: 100n, ageSeconds: 1 },
    };
    expect(lag(standby(replayed))).toMatchObject({ bytes: 0n, seconds: 0, source: "lsn-clock" });
  });

  test("a dead receiver under a moving primary grows second by second", () => {
    const seconds = [61, 62, 63].map((at) => {
      const clock = record(steady, at * second, BigInt(at) * 100n);
      const dead = { clock, primaryLsn: BigInt(at) * 100n, nowMs: at * second, receiving: false };
      return lag(standby({ ...dead, replayLsn: 5000n, receiveLsn: 5000n })).seconds;
    });
    expect(seconds).toEqual([11, 12, 13]);
  });

  test("replay ahead of the last look at the primary is 0, never negative", () => {
    expect(lag(standby({ ...atMinute, replayLsn: 6001n }))).toMatchObject({ bytes: 0n, seconds: 0 });
  });

  test("when history is too short it says at least, and at most since the last commit replayed", () => {
    const short = { clock: clockOf([1000n, 1100n, 1200n]), primaryLsn: 1200n, nowMs: 2 * second };
    expect(lag(standby({ ...short, replayLsn: 10n, secondsSinceCommit: 600 }))).toEqual({
      bytes: 1190n,
      seconds: 2,
      atLeast: true,
      atMost: 600,
      source: "lsn-clock",
    });
  });

  test("one sample of the clock proves no time, however old the last commit replayed is", () => {
    const started = { clock: clockOf([1000n]), primaryLsn: 1000n, replayLsn: 990n, secondsSinceCommit: 600 };
    expect(lag(standby(started))).toMatchObject({ bytes: 10n, seconds: null, atLeast: true, atMost: 600 });
  });

  test("a write at the end of a long refresh is not given the whole refresh", () => {
    const clock = [0, 30, 60].reduce(
      (made, at) => record(made, at * second, at < 60 ? 500n : 900n),
      emptyClock,
    );
    for (const replayLsn of [500n, 510n]) {
      const late = lag(standby({ clock, primaryLsn: 900n, replayLsn, nowMs: 60 * second }));
      expect(late).toMatchObject({ seconds: 1, atLeast: true });
    }
  });

  test("counts until the standby was asked, not until now", () => {
    expect(lag(standby({ ...atMinute, replayLsn: 5900n, nowMs: 59.5 * second })).seconds).toBe(0.5);
    expect(lag(standby({ ...atMinute, replayLsn: 5900n, nowMs: 58 * second })).seconds).toBe(0);
  });
});

describe("a record that is cut at the end of a page, for its transaction is open", () => {
  const page = 8192n;
  const cut = (samples: readonly bigint[], looks: Partial<Standby> = {}) => {
    const written = samples.at(-1) ?? 0n;
    const atEnd = { clock: clockOf(samples), primaryLsn: written, receiveLsn: written };
    return lag(standby({ ...atEnd, nowMs: (samples.length + 20) * second, ...looks }));
  };

  test.each([
    ["the last whole record was seen", [10_000n, 3n * page, 3n * page], 10_000n],
    ["records after it were replayed", [10_000n, 3n * page], 3n * page - 88n],
    ["the first look came later", [3n * page, 3n * page], 3n * page - 88n],
    ["it has all pages that a record can have", [10_000n, 34n * page], 10_000n],
  ])("is no lag where %s", (_, samples, replayLsn) => {
    const bytes = (samples.at(-1) ?? 0n) - replayLsn;
    expect(cut(samples, { replayLsn })).toMatchObject({ bytes, seconds: 0, atLeast: false });
    expect(cut(samples, { replayLsn, primaryLsn: null })).toMatchObject({ bytes, seconds: 0 });
  });

  test.each<[string, readonly bigint[], Partial<Standby>]>([
    ["the end of a whole record was passed", [10_000n, 12_000n, 3n * page], {}],
    ["the standby has not received it", [10_000n, 3n * page], { receiveLsn: 2n * page }],
    ["no record is that long", [10_000n, 300n * page], {}],
    ["WAL goes on within a page", [10_000n, 3n * page, 3n * page + 56n], {}],
  ])("is lag where %s", (_, samples, looks) => {
    expect(cut(samples, { replayLsn: 10_000n, ...looks }).seconds).toBeGreaterThan(10);
  });

  test("has no age before its end was written", () => {
    const samples = [10_000n, ...Array.from({ length: 20 }, () => 3n * page), 3n * page + 600n];
    const looks = { replayLsn: 3n * page - 88n, receiveLsn: 3n * page, nowMs: 21 * second };
    expect(cut(samples, looks).seconds).toBeWithin(0, 1.1);
    expect(cut(samples.slice(1), looks)).toMatchObject({ seconds: 1, atLeast: true });
    expect(cut(samples, { ...looks, receiveLsn: 2n * page }).seconds).toBeGreaterThan(19);
  });
});

describe("without the primary", () => {
  const alone = { clock: null, replayLsn: 500n };
  test("a live receiver that has replayed all it got is not behind", () => {
    expect(lag(standby({ ...alone, receiveLsn: 500n }))).toMatchObject({ bytes: 0n, seconds: 0 });
    // After a restart pg_last_wal_receive_lsn() begins below the replay position.
    expect(lag(standby({ ...alone, receiveLsn: 0n }))).toMatchObject({ bytes: 0n, seconds: 0 });
  });

  test("a dead receiver leaves it unknown", () => {
    const dead = lag(standby({ ...alone, receiveLsn: 500n, receiving: false }));
    expect(dead).toEqual({ bytes: null, seconds: null, atLeast: false, atMost: null, source: "unknown" });
    expect(lag(standby({ ...alone, receiving: null })).source).toBe("unknown");
  });

  test("WAL received and not replayed counts from when it was received, as a lower bound", () => {
    const behind = { ...alone, receiveLsn: 800n, clock: clockOf([300n, 600n, 800n]), nowMs: 5 * second };
    const bytes = 300n;
    expect(lag(standby(behind))).toMatchObject({ bytes, atLeast: true, source: "standby" });
    expect(lag(standby(behind)).seconds).toBeCloseTo(5 - 2 / 3);
    expect(lag(standby({ ...behind, clock: clockOf([800n]) }))).toMatchObject({ bytes, seconds: 5 });
    expect(lag(standby({ ...behind, clock: clockOf([800n]), nowMs: 0 }))).toMatchObject({
      bytes,
      seconds: null,
    });
    expect(lag(standby({ ...behind, clock: null }))).toMatchObject({ bytes, seconds: null });
  });
});

describe("what the primary told before it was lost", () => {
  /** Watched for five minutes; 8:54 before the end position 400 was written, as the primary said. */
  const watched = clockOf(Array.from({ length: 301 }, (_, i) => 10_000n + BigInt(i)));
  const told = tell(watched, { atMs: (300 - 534) * second, lsn: 400n });
  const lost = { clock: null, lastSeen: told, receiveLsn: 10_300n, receiving: false };

  test("stays known, and grows", () => {
    for (const at of [300, 310, 900]) {
      const behind = lag(standby({ ...lost, replayLsn: 400n, nowMs: at * second }));
      expect(behind).toMatchObject({ seconds: 234 + at, atLeast: false, bytes: 9900n });
    }
  });

  test("does not shrink when replay goes on, until replay has passed WAL that we saw written", () => {
    const at = (replayLsn: bigint, secondsSinceCommit: number | null = null) =>
      lag(standby({ ...lost, replayLsn, secondsSinceCommit, nowMs: 300 * second }));
    expect(at(500n).seconds).toBeWithin(530, 534);
    expect(at(500n)).toMatchObject({ atLeast: true });
    // Most of that time the primary was idle.
    expect(at(500n, 320)).toMatchObject({ seconds: 320, atLeast: true });
    expect(at(10_100n)).toMatchObject({ seconds: 200, atLeast: false });
  });

  test("is no measure of what the standby received while the primary was not seen", () => {
    const later = { ...lost, clock: clockOf([10_400n], 310 * second), receiveLsn: 10_400n };
    const behind = lag(standby({ ...later, replayLsn: 10_350n, nowMs: 330 * second }));
    expect(behind).toMatchObject({ seconds: 20, atLeast: true });
  });

  test("outlives the WAL sender of a receiver that died", () => {
    const alive = { clock: told, primaryLsn: 10_300n, receiving: false };
    const behind = lag(standby({ ...alive, replayLsn: 400n, nowMs: 300 * second }));
    expect(behind).toMatchObject({ seconds: 534, atLeast: false });
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

test("a standby that replays faster than WAL is written tells when it has caught up", () => {
  const bytes = 30_000_000n;
  expect(catchUpSeconds({ bytes }, 4e6, 1e6)).toBe(10);
  expect(catchUpSeconds({ bytes }, 1e6, 1e6)).toBeNull();
  expect(catchUpSeconds({ bytes: 1000n }, 4e6, 1e6)).toBeNull();
  for (const unknown of [catchUpSeconds({ bytes: null }, 4e6, 1e6), catchUpSeconds({ bytes }, null, 1e6)])
    expect(unknown).toBeNull();
  // It is late on purpose, and never catches up.
  expect(catchUpSeconds({ bytes }, 4e6, 1e6, 30)).toBeNull();
});
