/** The modes that each lock mode conflicts with (PostgreSQL documentation, "Conflicting Lock Modes"). */
const conflicts: Readonly<Record<string, readonly string[]>> = {
  AccessShareLock: ["AccessExclusiveLock"],
  RowShareLock: ["ExclusiveLock", "AccessExclusiveLock"],
  RowExclusiveLock: ["ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock"],
  ShareUpdateExclusiveLock: [
    "ShareUpdateExclusiveLock",
    "ShareLock",
    "ShareRowExclusiveLock",
    "ExclusiveLock",
    "AccessExclusiveLock",
  ],
  ShareLock: [
    "RowExclusiveLock",
    "ShareUpdateExclusiveLock",
    "ShareRowExclusiveLock",
    "ExclusiveLock",
    "AccessExclusiveLock",
  ],
  ShareRowExclusiveLock: [
    "RowExclusiveLock",
    "ShareUpdateExclusiveLock",
    "ShareLock",
    "ShareRowExclusiveLock",
    "ExclusiveLock",
    "AccessExclusiveLock",
  ],
  ExclusiveLock: [
    "RowShareLock",
    "RowExclusiveLock",
    "ShareUpdateExclusiveLock",
    "ShareLock",
    "ShareRowExclusiveLock",
    "ExclusiveLock",
    "AccessExclusiveLock",
  ],
  AccessExclusiveLock: [
    "AccessShareLock",
    "RowShareLock",
    "RowExclusiveLock",
    "ShareUpdateExclusiveLock",
    "ShareLock",
    "ShareRowExclusiveLock",
    "ExclusiveLock",
    "AccessExclusiveLock",
  ],
};

/** Whether a lock held in one mode (pg_locks.mode) blocks a request of the other. A mode that is not known blocks none. */
export function conflict(held: string, requested: string): boolean {
  return Object.hasOwn(conflicts, requested) && conflicts[requested]?.includes(held) === true;
}

/** SQL: the modes, as text[], that conflict with the mode that `mode` (SQL of type text) names. */
export function conflictsSql(mode: string): string {
  const cases = Object.entries(conflicts).map(
    ([requested, held]) => `when '${requested}' then array[${held.map((one) => `'${one}'`).join(", ")}]`,
  );
  return `case ${mode} ${cases.join("\n    ")} end`;
}
