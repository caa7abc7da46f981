import { expect, test } from "bun:test";
import { Turns } from "../../src/services/secrets/turns.ts";

test("works take turns, in order, also after one that failed", async () => {
  const turns = new Turns(2);
  const ends = [0, 1, 2, 3].map(() => Promise.withResolvers<number>());
  const begun: number[] = [];
  const done = ends.map(({ promise }, at) =>
    turns.take(() => {
      begun.push(at);
      return promise;
    }),
  );
  expect(begun).toEqual([0, 1]);
  ends[1]?.reject(new Error("failed"));
  await expect(done[1]).rejects.toThrow("failed");
  expect(begun).toEqual([0, 1, 2]);
  ends[0]?.resolve(10);
  expect(await done[0]).toBe(10);
  expect(begun).toEqual([0, 1, 2, 3]);
  ends[2]?.resolve(12);
  ends[3]?.resolve(13);
  expect(await Promise.all([done[2], done[3]])).toEqual([12, 13]);
  expect(await turns.take(async () => 14)).toBe(14);
});
