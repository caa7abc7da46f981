import type { Finding, Subject } from "../stats/alerts.ts";
import { unknownSessions, unseenSessions } from "../stats/unknown.ts";
import { safeName } from "../text/text.ts";
import { activity } from "../views/backends/activity.ts";
import { type LockWait, lockWaits } from "../views/backends/lock-waits.ts";
import { lockKey, locks } from "../views/backends/locks.ts";
import { type PulseRow, pulseView } from "../views/server/pulse.ts";
import { keyOf } from "../views/view.ts";
import { defineRule, type Found, found, type JudgedNode, nothingFound, rowsOf } from "./rule.ts";

const minute = 60;

/** What sessions do, where all of them may be seen; else what was found is the least there is. */
function ofSessions({ pulse, facts }: JudgedNode, read: (pulse: PulseRow) => Finding | null): Found {
  if (!pulse || !facts) return nothingFound;
  const finding = read(pulse);
  const unknown = unseenSessions(pulse) ? unknownSessions(pulse, facts) : [];
  return { findings: finding ? [finding] : [], unknown };
}

type Session = { readonly pid: number | null; readonly start: string | null };

/** The session of a finding, and its row of the activity view. */
function session({ pid, start }: Session): Pick<Finding, "subject" | "opens" | "detail"> {
  return {
    subject: { kind: "backend", id: pid === null ? "unknown" : String(pid) },
    opens: { view: activity.name, key: keyOf(activity, { pid, backend_start_text: start, gid: null }) },
    ...(pid === null ? {} : { detail: `, pid ${pid}` }),
  };
}

/** A prepared transaction has no session: it is known by its gid. */
function prepared({ oldest_prepared_gid: gid, oldest_prepared_start: start }: PulseRow) {
  return {
    subject: { kind: "backend" as const, id: gid ?? "prepared" },
    opens: { view: activity.name, key: keyOf(activity, { pid: null, backend_start_text: start, gid }) },
    detail: `: ${safeName(gid ?? "", 60)}`,
  };
}

/** The root of a chain of locks in the tree of locks. pg_blocking_pids() says 0 for a prepared transaction. */
function rootOf({
  blocking_pid: pid,
  blocking_gid: gid,
  blocking_start: backend_start_text,
}: PulseRow): Pick<Finding, "subject" | "opens" | "detail"> {
  const kind = "backend" as const;
  if (pid === null) return { subject: { kind, id: "unknown" }, opens: null };
  const key = lockKey({ pid: pid === 0 ? null : pid, gid, backend_start_text });
  const opens = key === null ? null : { view: locks.name, key };
  if (pid !== 0) return { subject: { kind, id: String(pid) }, opens, detail: `, root pid ${pid}` };
  const name = gid === null ? "a prepared transaction" : `prepared ${safeName(gid, 60)}`;
  return { subject: { kind, id: gid ?? "prepared" }, opens, detail: `, root ${name}` };
}

/** The application and the user of the root, where the sessions that wait were asked for. */
function whoIs({ blocking_pid, blocking_start }: PulseRow, sessions: readonly LockWait[]): string {
  const root = sessions.find(
    ({ pid, backend_start_text }) =>
      pid !== null && pid === blocking_pid && backend_start_text === blocking_start,
  );
  const names = [root?.application_name, root?.usename].flatMap((name) => (name ? safeName(name, 30) : []));
  return names.map((name) => ` ${name}`).join("");
}

export const blockedSessions = defineRule({
  name: "blocked_sessions",
  about: "longest wait of a session for a lock; the alert names the root of its chain",
  unit: "seconds",
  default: { warning: 10, critical: minute, forMs: 0 },
  needs: [pulseView],
  find: (node, fleet) => {
    const { pulse, facts } = node;
    if (!pulse || !facts) return nothingFound;
    if (pulse.blocked === null) return { findings: [], unknown: unknownSessions(pulse, facts) };
    if (pulse.longest_wait === null) return nothingFound;
    // The others may wait for another root: to ask for the chain of each would cost the server too much.
    const text = pulse.blocked === 1 ? "1 session blocked" : `longest of ${pulse.blocked} lock waits`;
    const root = rootOf(pulse);
    const short = { text: "blocked", detail: root.detail?.replace("root pid", "root") ?? "" };
    const detail = `${root.detail ?? ""}${whoIs(pulse, rowsOf(fleet, lockWaits, node))}`;
    return found({ ...root, value: pulse.longest_wait, text, detail, short });
  },
});

export const idleInTransaction = defineRule({
  name: "idle_in_transaction",
  about: "longest time a session sits idle in transaction",
  unit: "seconds",
  default: { warning: minute, critical: 10 * minute, forMs: 0 },
  needs: [pulseView],
  find: (node) =>
    ofSessions(node, ({ oldest_idle_in_transaction: value, oldest_idle_pid: pid, oldest_idle_start }) =>
      value === null
        ? null
        : { ...session({ pid, start: oldest_idle_start }), value, text: "idle in transaction" },
    ),
});

export const oldestTransaction = defineRule({
  name: "oldest_transaction",
  about: "age of the oldest transaction that a session has open",
  unit: "seconds",
  default: { warning: 5 * minute, critical: 30 * minute, forMs: 0 },
  needs: [pulseView],
  find: (node) =>
    ofSessions(node, ({ oldest_open: value, oldest_pid: pid, oldest_start: start }) =>
      value === null ? null : { ...session({ pid, start }), value, text: "transaction open" },
    ),
});

export const longQuery = defineRule({
  name: "long_query",
  about: "age of the longest running statement of a client that waits for no lock",
  unit: "seconds",
  default: { warning: 10 * minute, critical: 60 * minute, forMs: 0 },
  needs: [pulseView],
  find: (node) =>
    ofSessions(node, ({ longest_query: value, longest_query_pid: pid, longest_query_start }) =>
      value === null
        ? null
        : { ...session({ pid, start: longest_query_start }), value, text: "statement runs" },
    ),
});

export const preparedTransaction = defineRule({
  name: "prepared_transaction",
  about: "age of the oldest prepared transaction",
  unit: "seconds",
  default: { warning: 5 * minute, critical: 60 * minute, forMs: 0 },
  needs: [pulseView],
  find: ({ pulse }) =>
    pulse?.oldest_prepared == null
      ? nothingFound
      : found({
          ...prepared(pulse),
          value: pulse.oldest_prepared,
          text: "prepared transaction",
        }),
});

export const connectionsUsed = defineRule({
  name: "connections_used",
  about: "client connections, of those that ordinary roles can take",
  unit: "percent",
  default: { warning: 80, critical: 95, forMs: 0 },
  needs: [pulseView],
  find: ({ name, pulse }) => {
    const { connections = null, usable_connections: usable = null } = pulse ?? {};
    if (connections === null || !usable) return nothingFound;
    const subject: Subject = { kind: "node", id: name };
    return found({ value: (100 * connections) / usable, subject, text: "connections", opens: null });
  },
});

export const commitWaits = defineRule({
  name: "commit_waits",
  about: "age of the oldest statement whose commit waits for a synchronous standby",
  unit: "seconds",
  // A long statement waits for a moment too: it must be the same session that goes on waiting.
  default: { warning: 5, critical: minute, forMs: 3000 },
  needs: [pulseView],
  find: (node) => {
    const told = ofSessions(node, (pulse) => {
      const { sync_wait: value, sync_wait_pid: pid, sync_wait_start: start, sync_standbys: names } = pulse;
      const text =
        names === null
          ? "commit waits for a synchronous standby"
          : `commit waits for a standby of ${safeName(names, 63)}`;
      return value === null ? null : { ...session({ pid, start }), value, text };
    });
    // Where there are no synchronous standbys, no hidden session waits for one.
    return node.pulse?.sync_standbys == null ? { ...told, unknown: [] } : told;
  },
});
