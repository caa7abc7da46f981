import { expect, test } from "bun:test";
import { conflict } from "../../src/postgres/lock-modes.ts";
import { type LockSession, lockEdges } from "../../src/stats/lock-edges.ts";

const table = "(relation,5,16384,,,,,,,)";
const session = (pid: number, looks: Partial<LockSession> = {}): LockSession => ({
  id: String(pid),
  pid,
  leader_pid: null,
  awaits: null,
  mode: null,
  holds: null,
  blocked_by: null,
  ...looks,
});
const waiting = (pid: number, mode: string, blocked_by: readonly number[] | null, awaits = table) =>
  session(pid, { awaits, mode, blocked_by });
const holding = (pid: number, ...modes: string[]) =>
  session(pid, { holds: modes.map((mode) => `${table} ${mode}`).join("\n") });
const drawn = (...sessions: LockSession[]) =>
  lockEdges(sessions).map(({ waiter, blocker, soft }) => `${waiter}${soft ? "~" : ">"}${blocker}`);

test("an ALTER waits for who reads the table, and readers behind it only for their places in the queue", () => {
  expect(
    drawn(
      holding(1, "AccessShareLock"),
      waiting(2, "AccessExclusiveLock", [1]),
      waiting(3, "AccessShareLock", [2]),
    ),
  ).toEqual(["2>1", "3~2"]);
});

test("what a waiting session has already blocks hard, where the modes conflict", () => {
  const upgrading = (mode: string) => ({
    ...waiting(1, "AccessExclusiveLock", [99]),
    holds: `${table} ${mode}`,
  });
  expect(drawn(upgrading("AccessShareLock"), waiting(2, "RowExclusiveLock", [1]))).toEqual(["2~1"]);
  expect(drawn(upgrading("ShareLock"), waiting(2, "RowExclusiveLock", [1]))).toEqual(["2>1"]);
});

test("a session that waits for something else blocks hard", () => {
  const elsewhere = "(transactionid,,,,,,700,,,)";
  expect(drawn(waiting(1, "ShareLock", [99], elsewhere), waiting(2, "RowExclusiveLock", [1]))).toEqual([
    "2>1",
  ]);
});

test("a prepared transaction that holds the lock is a blocker, and another one is not", () => {
  const prepared = (gid: string, mode: string) => ({ ...holding(0, mode), id: gid, pid: null });
  expect(
    drawn(
      prepared("writes", "RowExclusiveLock"),
      prepared("reads", "AccessShareLock"),
      waiting(2, "ShareLock", [0]),
    ),
  ).toEqual(["2>writes"]);
});

test("a session that the server was not asked about has the blockers of one that waits as it does", () => {
  expect(
    drawn(holding(1, "ExclusiveLock"), waiting(2, "ShareLock", [1, 3]), waiting(3, "ShareLock", null)),
  ).toEqual(["2>1", "2~3", "3>1"]);
});

test("a leader waits for its worker, which does not wait for its leader", () => {
  const worker = { ...waiting(11, "AccessShareLock", [1, 10]), leader_pid: 10 };
  expect(drawn(holding(1, "AccessExclusiveLock"), session(10), worker)).toEqual(["11>1", "10>11"]);
});

test("a blocker that has ended is left out", () => {
  expect(drawn(waiting(2, "ShareLock", [99]))).toEqual([]);
});

test("a standby's replay, of which the server says no blocker, waits for who has the lock", () => {
  const replay = waiting(9, "AccessExclusiveLock", []);
  expect(drawn(holding(1, "AccessShareLock"), replay, waiting(3, "AccessShareLock", [9]))).toEqual([
    "9>1",
    "3~9",
  ]);
});

test("a mode of a name that each object has blocks nobody and is blocked by nobody", () => {
  for (const mode of ["constructor", "__proto__"]) expect(conflict("AccessExclusiveLock", mode)).toBe(false);
});
