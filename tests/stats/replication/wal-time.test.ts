import { expect, test } from "bun:test";
import {
  emptyClock,
  passedAt,
  record,
  type SlotPace,
  secondsLeft,
  tell,
  walRate,
} from "../../../src/stats/replication/wal-time.ts";

const million = 1_000_000n;

/** Of a slot with 600 MB left and 90 MB kept, where 1 MB of WAL is written a second. */
const left = (more: Partial<SlotPace>, walRate: number | null = 1e6) =>
  secondsLeft(
    {
      ...{ active: true, synced: null, consumed: 400_000, safe_wal_size: 600n * million },
      ...{ wal_status: "extended", retained: 90n * million, behind: null },
      ...more,
    },
    walRate,
  );

test("without a consumer it is what WAL is written that counts", () => {
  expect(left({ active: false, consumed: null, retained: 0n })).toBe(600);
});

test("a consumer that is behind and slower than WAL is written takes longer to lose it", () => {
  expect(left({})).toBe(1000);
  expect(left({ consumed: 2e6 })).toBeNull();
});

test("one that keeps up has no end in sight, however fast it was at the last look", () => {
  expect(left({ consumed: 0, retained: 20n * million })).toBeNull();
  // A logical slot keeps WAL for a while after its consumer has confirmed it.
  expect(left({ consumed: 0, behind: 1000n })).toBeNull();
});

test("a standby's copy of a slot has the pace at which it is brought forward", () => {
  const copy = { active: false, synced: true };
  expect(left({ ...copy, consumed: 1e6, behind: 1000n })).toBeNull();
  expect(left({ ...copy, consumed: 0 })).toBe(600);
});

test("what the next checkpoint takes has no time left, however little is written and however fast it is consumed", () => {
  const over = { safe_wal_size: 0n, wal_status: "unreserved" };
  expect(left({ ...over, active: false }, 0)).toBe(0);
  expect(left(over, null)).toBe(0);
  expect(left({ ...over, consumed: 2e6 })).toBe(0);
  // One that is lost has none to lose.
  expect(left({ safe_wal_size: null, wal_status: "lost" })).toBeNull();
});

test("nothing is told of what is not known, and of what is a month away", () => {
  expect(left({}, null)).toBeNull();
  expect(left({ consumed: null })).toBeNull();
  expect(left({ safe_wal_size: null })).toBeNull();
  expect(left({ active: false }, 100)).toBeNull();
});

test("WAL a second is that of the last half minute, and unknown before there are two samples", () => {
  const at = (samples: readonly (readonly [seconds: number, lsn: bigint])[]) =>
    walRate(samples.reduce((clock, [seconds, lsn]) => record(clock, seconds * 1000, lsn), emptyClock));
  expect(at([])).toBeNull();
  expect(at([[0, 100n]])).toBeNull();
  expect(
    at([
      [0, 0n],
      [10, 1000n],
    ]),
  ).toBe(100);
  // What was written long before is no rate of now; a slow refresh has one sample before it.
  expect(
    at([
      [0, 0n],
      [100, 90_000n],
      [115, 90_000n],
      [131, 90_000n],
    ]),
  ).toBe(0);
  expect(
    at([
      [0, 0n],
      [60, 6000n],
      [120, 18_000n],
    ]),
  ).toBe(200);
});

test("of a position that stays the first and the last sample are kept, and WAL after it counts over the last half minute", () => {
  const steps = Array.from({ length: 300 }, (_, seconds) => [seconds, seconds === 0 ? 0n : 90_000n] as const);
  const still = steps.reduce((clock, [seconds, lsn]) => record(clock, seconds * 1000, lsn), emptyClock);
  expect(still.recent.map(({ atMs }) => atMs)).toEqual([0, 1000, 299_000]);
  expect(walRate(still)).toBe(0);
  const written = record(still, 300_000, 120_000n);
  expect(walRate(written)).toBe(1000);
  expect(passedAt(written, 90_000n)?.atMs).toBe(299_000);
});

test("what a primary told is kept in order, once every ten seconds, and only before our first sample", () => {
  const watched = record(emptyClock, 0, 10_000n);
  let clock = watched;
  for (let lsn = 0; lsn < 300; lsn++) clock = tell(clock, { atMs: (lsn - 400) * 1000, lsn: BigInt(lsn) });
  expect(clock.told.length).toBeWithin(25, 40);
  expect(clock.told.at(-1)?.lsn).toBe(299n);
  expect(tell(clock, { atMs: 5000, lsn: 400n })).toBe(clock);
  expect(tell(clock, { atMs: -5000, lsn: 10_000n })).toBe(clock);
  expect(tell(clock, { atMs: -50_000, lsn: 299n })).toBe(clock);
  expect(record(clock, 301_000, 100n).told.at(-1)?.lsn).toBeLessThanOrEqual(100n);
});
