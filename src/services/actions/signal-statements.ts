import { serverProcesses } from "../../postgres/server.ts";
import type { Signal } from "../../store/actions/signal.ts";
import type { Statement } from "../session/session.ts";

/**
 * What the server found about a session before it was, or was not, sent a signal. Only with `send` was the function
 * called.
 */
export const verdicts = ["send", "gone", "hidden", "own", "otherRole", "idle", "serverProcess"] as const;
export type Verdict = (typeof verdicts)[number];

/** From 14 on pg_terminate_backend() waits for the end and says whether it came. */
export const waits = 140000;

const calls = {
  cancel: "pg_catalog.pg_cancel_backend(s.pid)",
  terminate: "pg_catalog.pg_terminate_backend(s.pid)",
  terminateAndWait: "pg_catalog.pg_terminate_backend(s.pid, $4::int8)",
} as const;

/** The function that sends a signal, as has_function_privilege() takes it. */
export function signalFunction(signal: Signal, versionNum: number): string {
  if (signal === "cancel") return "pg_catalog.pg_cancel_backend(integer)";
  const rest = versionNum >= waits ? ", bigint" : "";
  return `pg_catalog.pg_terminate_backend(integer${rest})`;
}

/**
 * Checks who the process is and sends the signal, in one statement: nothing that runs between two could put another
 * session in its place. `case` calls the function for the verdict `send` alone; `offset 0` keeps the planner from
 * merging the two levels. It gives one row, whatever is there.
 * $1 pid, $2 backend_start, $3 whether the server was in recovery (empty: not known), $4 milliseconds to wait.
 */
function sendText(call: string, idleVerdict: string): string {
  return `
select s.verdict, s.backend_type, s.state, s.state_change,
  case when s.verdict = 'send' then ${call} end as sent
from (
  select a.pid, a.backend_type, a.state, a.state_change::text as state_change,
    case
      when a.pid is null then 'gone'
      when a.backend_start is null then 'hidden'
      when a.backend_start <> $2::timestamptz then 'gone'
      when a.pid = pg_catalog.pg_backend_pid() then 'own'
      when pg_catalog.pg_is_in_recovery() <> nullif($3::text, '')::bool then 'otherRole'
      when a.backend_type in (${serverProcesses.map((name) => `'${name}'`).join(", ")}) then 'serverProcess'
      ${idleVerdict}
      else 'send'
    end as verdict
  from (values ($1::int4)) as t (pid)
  left join pg_catalog.pg_stat_activity as a on a.pid = t.pid
  offset 0
) as s`;
}

/** A cancel request does nothing to a session that waits for its client, and the server does not say so. */
const isIdle = `when a.backend_type = 'client backend' and a.state in
        ('idle', 'idle in transaction', 'idle in transaction (aborted)') then 'idle'`;

export type Identity = {
  readonly pid: number;
  readonly backendStart: string;
  readonly inRecovery: boolean | null;
};

/**
 * The statement that cancels or terminates one session, with its values. It has a name so that it is committed: the
 * server counts rollbacks, and people have alarms on them.
 * @param waitMs how long a server from 14 on waits for the end of the session; 0 does not wait
 */
export function sendStatement(
  signal: Signal,
  { pid, backendStart, inRecovery }: Identity,
  versionNum: number,
  waitMs: number,
): Statement {
  const values = [String(pid), backendStart, inRecovery === null ? "" : inRecovery ? "t" : "f"];
  if (signal === "cancel") return { name: "cancel-session", text: sendText(calls.cancel, isIdle), values };
  const isWaiting = versionNum >= waits;
  return {
    name: "terminate-session",
    text: sendText(isWaiting ? calls.terminateAndWait : calls.terminate, ""),
    values: isWaiting ? [...values, String(waitMs)] : values,
  };
}

/** Which of these sessions are there still, each with the moment of its last change of state. */
export function lookStatement(sessions: readonly Identity[]): Statement {
  return {
    name: "look-for-sessions",
    text: `
select a.pid, a.state_change::text as state_change
from rows from (pg_catalog.unnest($1::int4[]), pg_catalog.unnest($2::timestamptz[])) as t (pid, backend_start)
join pg_catalog.pg_stat_activity as a on a.pid = t.pid and a.backend_start = t.backend_start`,
    values: [
      `{${sessions.map(({ pid }) => pid).join(",")}}`,
      `{${sessions.map(({ backendStart }) => `"${backendStart}"`).join(",")}}`,
    ],
  };
}

/** What a role lacks for a signal that the server refused it. $1 pid, $2 the function. */
export function lackStatement(pid: number, signal: Signal, versionNum: number): Statement {
  return {
    name: "why-no-signal",
    text: `
select a.pid, a.usename, a.backend_type, r.rolsuper, pg_catalog.quote_ident(current_user) as role,
  pg_catalog.has_function_privilege($2::text, 'execute') as may_call,
  pg_catalog.pg_has_role('pg_signal_backend', 'member') as is_member
from (values ($1::int4)) as t (pid)
left join pg_catalog.pg_stat_activity as a on a.pid = t.pid
left join pg_catalog.pg_roles as r on r.oid = a.usesysid`,
    values: [String(pid), signalFunction(signal, versionNum)],
  };
}
