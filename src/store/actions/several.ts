import type { OperationResult, OperationSubject, RightFound, SqlPlan } from "./operation.ts";

/** Marked, and not among what is asked about. `name` is the row's, as the server gave it. */
export type LeftOut = { readonly node: string; readonly name: string; readonly why: string };

/** What one operation would do to several rows. Lists that are told by an index are in the order of `plans`. */
export type Several = {
  /** "Drop 3 slots on 2 nodes". Not yet safe to draw. */
  readonly title: string;
  readonly subjects: readonly OperationSubject[];
  readonly plans: readonly SqlPlan[];
  readonly leftOut: readonly LeftOut[];
  /** What has to be typed for a yes; null where `y` is enough. */
  readonly word: string | null;
};

/** A question before an operation on several rows, then what became of each. */
export type SeveralOverlay = Several & {
  readonly kind: "several";
  readonly operation: string;
  readonly typed: string;
  readonly stage: "asking" | "running" | "done";
  /** Null until it is answered. */
  readonly rights: readonly (RightFound | null)[];
  readonly results: readonly (OperationResult | null)[];
  /** First line of the list in sight. */
  readonly top: number;
};

/** What becomes of a row, or would become of it: its result, or why its role may not; null while that is not known. */
export function resultAt({ plans, rights, results }: SeveralOverlay, at: number): OperationResult | null {
  const [plan, right] = [plans[at], rights[at]];
  const denied = plan && right?.kind === "denied" ? { plan, outcome: right.outcome, unrecorded: null } : null;
  return results[at] ?? denied;
}

/** Whether a yes would be sent for a row. */
export const mayBeSent = ({ rights }: SeveralOverlay, at: number): boolean => rights[at]?.kind !== "denied";
