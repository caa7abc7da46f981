import type { NodeError } from "../../postgres/node-error.ts";
import type { RowId } from "../../views/row-id.ts";

/** What a session is sent: `cancel` ends the statement that it runs, `terminate` the session itself. */
export type Signal = "cancel" | "terminate";

/** A session as the question named it. Node, pid and start together are its identity. */
export type SignalTarget = {
  readonly id: RowId;
  readonly pid: number;
  /** `pg_stat_activity.backend_start` as text in UTC, with microseconds. */
  readonly backendStart: string;
  /** The role that the server had when the question was asked; null where it was not known, and is not checked. */
  readonly inRecovery: boolean | null;
  /** What else the question said, as the server gave it; for the audit file. */
  readonly shown: {
    readonly user: string | null;
    readonly database: string | null;
    readonly application: string | null;
    readonly client: string | null;
    readonly statement: string | null;
  };
};

/** What became of one session. */
export type SignalOutcome =
  /** The session, or its statement, has ended. */
  | { readonly kind: "done" }
  /** There was no such session any more; nothing was sent, also not to the process that has its pid now. */
  | { readonly kind: "gone" }
  /** The server took the signal, but the session or statement was still there when we stopped looking. */
  | { readonly kind: "sent"; readonly why: string }
  /** Nothing was sent. `fix` is the statement or the login that would permit it. */
  | { readonly kind: "notPermitted"; readonly why: string; readonly fix: string }
  /** Nothing was sent. */
  | { readonly kind: "refused"; readonly why: string }
  /** `isUnsure` when the signal may have been sent all the same: the question was on its way. */
  | { readonly kind: "failed"; readonly error: NodeError; readonly isUnsure: boolean };

export type SignalResult = {
  readonly signal: Signal;
  readonly target: SignalTarget;
  readonly outcome: SignalOutcome;
  /** Why the outcome is not in the audit file; null when it is, or when nothing was asked of the server. */
  readonly unrecorded: string | null;
};
