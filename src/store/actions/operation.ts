import type { NodeError } from "../../postgres/node-error.ts";
import type { RowId } from "../../views/row-id.ts";

/** What an operation is meant for: a node, or one row of it. */
export type OperationSubject = { readonly node: string; readonly row: RowId | null };

/** What a role must be allowed for an operation. */
export type OperationRight = {
  /** A boolean expression that any role may evaluate, true where it is allowed. */
  readonly sql: string;
  /** Why it is not, and the statement or the login that would permit it. */
  readonly lacks: string;
  readonly fix: string;
};

/** How long an operation waits for a lock. */
export const usualLockMs = 5000;

/** What is asked before an operation and sent after a yes. */
export type OperationPlan = SqlPlan | RestPlan;

type AnyPlan = {
  readonly node: string;
  /** The name of the operation: "drop-slot". */
  readonly operation: string;
  /** What is done, and to what: "Drop the slot s1". Not yet safe to draw, as all texts here. */
  readonly title: string;
  /** What the user should know before a yes. */
  readonly about: readonly (readonly [label: string, text: string, severity?: "warning" | "critical"])[];
  /** How long it may take. */
  readonly limitMs: number;
  /** What has to be typed for a yes; null where `y` is enough. */
  readonly word: string | null;
  /** What is so afterwards: "slot s1 dropped". */
  readonly done: string;
};

/** A statement for the server. */
export type SqlPlan = AnyPlan & {
  readonly kind: "sql";
  /** One statement, sent as the question shows it. */
  readonly sql: string;
  /** The database that it is sent in; null is that of the node. */
  readonly database: string | null;
  readonly right: OperationRight;
  /** It changes nothing: it is cancelled where the user leaves it, and its answer stays to be read. */
  readonly reads?: true;
  /** What the server was when the user was asked: another one is not sent anything. */
  readonly server: {
    readonly inRecovery: boolean;
    readonly systemIdentifier: string | null;
    /** Tells servers of one cluster apart: the moment of its start, by its own clock. */
    readonly startedAtMs: number;
  };
  /** What a thing is besides its name: another one under that name is asked about anew. */
  readonly identity?: string;
  /** How long it may wait for a lock, where that is not {@link usualLockMs}: others queue behind it. */
  readonly lockMs?: number;
  /** Whether the first value of the answer is worth a word, and what `false` there means. */
  readonly answers?: { readonly value: "shown" } | { readonly unless: string };
};

/** A request for Patroni. */
export type RestPlan = AnyPlan & {
  readonly kind: "rest";
  /** Whose source it is sent by, as the config calls it. */
  readonly cluster: string;
  /** The nodes that feel it; on each of them it has to be allowed. */
  readonly touched: readonly string[];
  /** Who has to answer there before it is sent; null where any member will do. */
  readonly member: {
    readonly name: string;
    /** What Patroni calls its cluster. */
    readonly scope: string | null;
    readonly leads: boolean;
  } | null;
  /** Where it is sent: to the first, and to the next only where no connection could be made. */
  readonly urls: readonly string[];
  readonly method: "POST" | "PATCH";
  readonly path: string;
  /** JSON; null where the request has none. */
  readonly body: string | null;
};

/** What is sent, as the question shows it and the audit file keeps it. Not yet safe to draw. */
export function requestText(plan: OperationPlan): string {
  if (plan.kind === "sql") return plan.sql;
  const line = `${plan.method} ${plan.urls[0]}${plan.path}`;
  return plan.body === null ? line : `${line}\n${plan.body}`;
}

/** What became of an operation. */
export type OperationOutcome =
  /** `value` is what the server answered, where that is worth a word. */
  | { readonly kind: "done"; readonly value: string | null }
  /** It was taken, and has not come to its end. */
  | { readonly kind: "sent"; readonly why: string }
  /** Nothing was done. `fix` is what would permit it: a statement, a login. */
  | { readonly kind: "notPermitted"; readonly why: string; readonly fix: string }
  /** Nothing was sent. */
  | { readonly kind: "refused"; readonly why: string }
  /** `isUnsure` when it may have been done all the same. */
  | { readonly kind: "failed"; readonly error: NodeError; readonly isUnsure: boolean };

export type OperationResult = {
  readonly plan: OperationPlan;
  readonly outcome: OperationOutcome;
  /** Why the outcome is not in the audit file; null when it is, or when nothing was asked of the server. */
  readonly unrecorded: string | null;
};

/** Whether the role may do what is asked, by the server, before the user answers. */
export type RightFound =
  | { readonly kind: "given" }
  /** What would become of a yes. */
  | { readonly kind: "denied"; readonly outcome: OperationOutcome }
  /** It did not answer. A yes counts, since the right is asked for once more after it. */
  | { readonly kind: "unknown"; readonly why: string };

/** A question about a right, which it is told by; `found` is null until it is answered. */
export type RightAsked = { readonly of: string; readonly found: RightFound | null };

/** A question before an operation, then what became of it. */
export type OperationOverlay = {
  readonly kind: "operation";
  readonly operation: string;
  readonly subject: OperationSubject;
  /** First an argument is typed, where there is one. Where the right lacks there is nothing to answer. */
  readonly stage: "filling" | "asking" | "denied" | "running" | "done";
  readonly argument: string;
  /** What is wrong with the argument. */
  readonly problem: string | null;
  /** Null while the argument is not one. */
  readonly plan: OperationPlan | null;
  /** Null of a request, whose right cannot be asked for, and while there is no plan. */
  readonly right: RightAsked | null;
  readonly typed: string;
  readonly result: OperationResult | null;
  /** First line in sight of what stands between title and answers, on a low screen. */
  readonly top: number;
};
