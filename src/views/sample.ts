import type { NodeError } from "../postgres/node-error.ts";
import type { Row } from "./row.ts";

/** The rows of one view from one node at one moment, as the server gave them: counters are cumulative. */
export type OkSample = {
  readonly state: "ok";
  readonly rows: readonly Row[];
  /** When they came, in monotonic milliseconds, and by our wall clock. */
  readonly atMs: number;
  readonly clockMs: number;
  /** The life of the server that counted: counters of two epochs are never compared. */
  readonly epoch: string;
};

/** The rows of one view from one node at one moment (monotonic milliseconds), or why there are none. */
export type Sample =
  | { readonly state: "ok"; readonly rows: readonly Row[]; readonly atMs: number }
  | {
      readonly state: "failed";
      readonly error: NodeError;
      /** The last good rows, to be shown with their age. */
      readonly rows: readonly Row[];
      readonly atMs: number | null;
    }
  | { readonly state: "notApplicable"; readonly why: string };

/** By view, then by node. A node that has not answered yet has no entry. */
export type Samples = Readonly<Record<string, Readonly<Record<string, Sample>>>>;

/** A failure keeps the rows it could not replace. */
export function failedSample(error: NodeError, before: Sample | undefined): Sample {
  const kept = before && before.state !== "notApplicable" ? before : null;
  return { state: "failed", error, rows: kept?.rows ?? [], atMs: kept?.atMs ?? null };
}
