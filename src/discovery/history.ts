import { z } from "zod";
import type { Changes } from "../stats/timelines.ts";
import { jsonIn, longestName } from "./members.ts";

/** More is no list that anybody reads on a screen. */
const mostChanges = 100;
const longestReason = 200;

const text = (longest: number) => z.string().min(1).max(longest).nullable().catch(null);

const changeForm = z.object({
  timeline: z.int().min(1).max(0xffffffff),
  lsn: z.int().min(1).nullable().catch(null),
  reason: text(longestReason),
  at: text(60),
  leader: text(longestName),
});

/**
 * The answer of Patroni's `GET /history`: `[[1, 25623960, "no recovery target specified", "2019-09-23T16:57:57+00:00", "pg2"], …]`,
 * without time and leader where it is old. The newest changes, each timeline once; what is none of them is left out.
 */
export function readHistory(answer: string): Changes {
  const given = jsonIn(answer);
  if (!Array.isArray(given)) return { ok: false, why: "the answer is no list" };
  const read = given.flatMap((one) => {
    if (!Array.isArray(one)) return [];
    const [timeline, lsn, reason, at, leader] = one;
    const form = changeForm.safeParse({ timeline, lsn, reason, at, leader });
    return form.success ? [form.data] : [];
  });
  const changes = new Map(
    read.map(({ at, ...change }) => [
      change.timeline,
      { ...change, atMs: at === null ? null : momentIn(at) },
    ]),
  );
  const sorted = [...changes.values()].toSorted((one, other) => one.timeline - other.timeline);
  return { ok: true, changes: sorted.slice(-mostChanges) };
}

function momentIn(text: string): number | null {
  const moment = Date.parse(text);
  return Number.isNaN(moment) ? null : moment;
}
