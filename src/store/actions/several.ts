import type { OperationSubject, SqlPlan } from "./operation.ts";

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
