import { expect, test } from "bun:test";
import { afterChanges, isTimeToAsk, type Timelines } from "../../src/stats/timelines.ts";

const change = (timeline: number) => ({ timeline, lsn: null, reason: null, atMs: null, leader: null });
const told = (...timelines: number[]) => ({ ok: true, changes: timelines.map(change) }) as const;
const failed = { ok: false, why: "status 503" } as const;

/** How often it is asked in so many answers that all have this timeline. */
function asked(
  start: Timelines | null,
  current: number,
  answers: number,
  said: typeof failed | ReturnType<typeof told>,
) {
  let known = start;
  let count = 0;
  for (let answer = 0; answer < answers; answer += 1) {
    const isTime = isTimeToAsk(known, current);
    if (isTime) count += 1;
    known = afterChanges(known, current, isTime ? said : null);
  }
  return { count, known };
}

test("it is asked once for each timeline of the leader, and never for the first", () => {
  expect(asked(null, 1, 100, told()).count).toBe(0);
  const first = asked(null, 3, 100, told(1, 2));
  expect(first.count).toBe(1);
  expect(asked(first.known, 4, 100, told(1, 2, 3)).count).toBe(1);
});

test("what is not written down yet, or not answered, is asked for some times more, and then rarely", () => {
  const late = asked(null, 3, 600, told(1));
  expect(late.count).toBeGreaterThan(6);
  expect(late.count).toBeLessThan(20);
  expect(asked(null, 3, 600, failed).count).toBe(late.count);
});

test("a failure keeps what is known, and a good answer ends it", () => {
  const known = afterChanges(null, 3, told(1, 2));
  const down = afterChanges(known, 4, failed);
  expect(down).toMatchObject({ changes: known.changes, why: "status 503" });
  expect(afterChanges(down, 4, null).why).toBe("status 503");
  expect(afterChanges(down, 4, told(1, 2, 3))).toMatchObject({ why: null, current: 4 });
});
