import type { OperationOverlay, OperationPlan } from "./operation.ts";
import type { SeveralOverlay } from "./several.ts";

/** An operation that was sent, and whose outcome is not known yet. */
export type RunningOperation = {
  /** What is done where. Not yet safe to draw. */
  readonly title: string;
  /** The first, where it is done to several rows. */
  readonly plan: OperationPlan;
  /** Its dialog as it is now, for when it is brought back. */
  readonly overlay: OperationOverlay | SeveralOverlay;
  readonly sinceMs: number;
};
