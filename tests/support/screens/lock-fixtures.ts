import type { LockWait } from "../../../src/views/backends/lock-waits.ts";
import { backend } from "./fixtures.ts";

const table = "(relation,5,16384,,,,,,,)";

function session(pid: number | null, more: Partial<LockWait>): LockWait {
  const { datname, usename, application_name, client_addr, backend_type, backend_start_text } = backend(1);
  return {
    ...{ datname, usename, application_name, client_addr, backend_type },
    ...{
      pid,
      gid: null,
      prepared_text: null,
      state: "active",
      wait: null,
      wait_seconds: null,
      xact_seconds: 3,
      query_seconds: 2,
      state_seconds: 3,
    },
    ...{ backend_start_text, leader_pid: null, locktype: null, mode: null, object: null },
    ...{ awaits: null, holds: null, blocked_by: null, query: "select 1" },
    ...more,
  };
}

const waiting = (pid: number, blocked_by: readonly number[], mode: string, query: string) =>
  session(pid, {
    ...{ wait_seconds: 41, locktype: "relation", mode, object: "public.orders", awaits: table },
    blocked_by: [...blocked_by],
    query,
  });

/** One reads and then does nothing, an ALTER waits for it, and `queue` sessions stand behind that. */
export function alterQueue(queue: number): readonly LockWait[] {
  return [
    session(100, { state: "idle in tx", xact_seconds: 133, holds: `${table} AccessShareLock` }),
    waiting(200, [100], "AccessExclusiveLock", "alter table orders add note text"),
    ...Array.from({ length: queue }, (_, at) =>
      waiting(300 + at, [200], "AccessShareLock", "select * from orders"),
    ),
  ];
}

/** A standby's replay waits for a session that reads. */
export function replayWaits(): readonly LockWait[] {
  return [
    session(100, { state: "idle in tx", xact_seconds: 133, holds: `${table} AccessShareLock` }),
    {
      ...waiting(22, [100], "AccessExclusiveLock", ""),
      ...{ backend_type: "startup", state: null, usename: null, datname: null, application_name: null },
    },
  ];
}

/** A prepared transaction that holds up one session. */
export function preparedRoot(): readonly LockWait[] {
  return [
    session(null, {
      ...{ gid: "order-77", state: "prepared", backend_type: "prepared transaction", query: null },
      ...{ backend_start_text: null, holds: `${table} RowExclusiveLock` },
    }),
    waiting(400, [0], "ShareLock", "create index on orders (note)"),
  ];
}
