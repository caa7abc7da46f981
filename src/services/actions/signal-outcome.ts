import { quoteIdentifier } from "../../postgres/identifier.ts";
import { grantMonitor, type ServerFacts } from "../../postgres/server.ts";
import type { Signal, SignalOutcome } from "../../store/actions/signal.ts";
import { safeName } from "../../text/text.ts";
import type { Answer } from "../session/session.ts";
import { senseless } from "../wire/message-guard.ts";
import { signalFunction, type Verdict, verdicts, waits } from "./signal-statements.ts";

/**
 * The end of one signal, or that it is to be looked for. `isTaken` is false when the server said that it sent nothing: the
 * process ended in that moment, or takes no signals of users.
 */
export type Sent =
  | SignalOutcome
  | { readonly kind: "awaited"; readonly isTaken: boolean; readonly stateChange: string | null };

export const ownSession = "it is pgparade's own session";

type Field = (name: string) => string | null;

function fieldsOf({ fields, rows }: Answer): Field {
  return (name) => rows[0]?.[fields.indexOf(name)] ?? null;
}

/** What was asked, and of which server. */
type Asked = {
  readonly signal: Signal;
  readonly waitMs: number;
  readonly wasInRecovery: boolean | null;
  readonly facts: ServerFacts;
};

/** What the answer to {@link sendStatement} means. */
export function outcomeOf(answer: Answer, { signal, waitMs, wasInRecovery, facts }: Asked): Sent {
  const field = fieldsOf(answer);
  const verdict = verdicts.find((one) => one === field("verdict"));
  if (verdict === undefined) return { kind: "failed", error: senseless(), isUnsure: true };
  if (verdict !== "send") return unsent(verdict, field, wasInRecovery, facts);
  const isTrue = field("sent") === "t";
  const hasWaited = signal === "terminate" && facts.versionNum >= waits && waitMs > 0;
  if (hasWaited && isTrue) return { kind: "done" };
  // After a wait false says that the session has not ended yet.
  return { kind: "awaited", isTaken: isTrue || hasWaited, stateChange: field("state_change") };
}

function unsent(
  verdict: Exclude<Verdict, "send">,
  field: Field,
  wasInRecovery: boolean | null,
  facts: ServerFacts,
): SignalOutcome {
  const refused = (why: string): SignalOutcome => ({ kind: "refused", why });
  switch (verdict) {
    case "gone":
      return { kind: "gone" };
    case "hidden":
      return {
        kind: "notPermitted",
        why: `${safeName(facts.user)} may not see its backend_start, so a later session with this pid could be hit`,
        fix: grantMonitor(facts),
      };
    case "own":
      return refused(ownSession);
    case "otherRole":
      return refused(
        wasInRecovery
          ? "the server was a standby when you were asked and is a primary now"
          : "the server was a primary when you were asked and is a standby now",
      );
    case "idle":
      return refused(
        `it is ${safeName(field("state") ?? "idle")} and runs no statement: terminate the session to end what it holds`,
      );
    case "serverProcess":
      return refused(`it is the server's own ${safeName(field("backend_type") ?? "process")}, not a session`);
  }
}

/** What the role lacks, from the answer to {@link lackStatement}, and the statement that gives it. */
export function refusedBy(answer: Answer, signal: Signal, facts: ServerFacts): SignalOutcome {
  const field = fieldsOf(answer);
  const role = field("role") ?? quoteIdentifier(facts.user);
  const type = safeName(field("backend_type") ?? "process");
  const lacks = (why: string, fix: string): SignalOutcome => ({ kind: "notPermitted", why, fix });
  if (field("may_call") === "f") {
    const call = signalFunction(signal, facts.versionNum);
    return lacks(`${role} may not call ${call}`, `GRANT EXECUTE ON FUNCTION ${call} TO ${role}`);
  }
  if (field("pid") === null) return { kind: "gone" };
  if (field("usename") === null) {
    if (type === "autovacuum worker" && facts.versionNum >= 180000)
      return lacks("it is an autovacuum worker", `GRANT pg_signal_autovacuum_worker TO ${role}`);
    return lacks(`a process without a role (${type}) needs a superuser`, "log in as a superuser");
  }
  if (field("rolsuper") === "t")
    return lacks("a superuser's session needs a superuser", "log in as a superuser");
  if (field("is_member") === "t")
    return lacks(
      `${role} does not inherit the rights of pg_signal_backend`,
      facts.versionNum >= 160000
        ? `GRANT pg_signal_backend TO ${role} WITH INHERIT TRUE`
        : `ALTER ROLE ${role} INHERIT`,
    );
  return lacks("it is the session of another role", grantOf("pg_signal_backend", role, facts));
}

function grantOf(right: string, role: string, { user, sessionUser }: ServerFacts): string {
  const grant = `GRANT ${right} TO ${role}`;
  return user === sessionUser ? grant : `${grant} (${quoteIdentifier(sessionUser)} runs as it)`;
}
