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
  /** Of a view that each database is asked for: what each answered. `rows` are those of their last answers. */
  readonly parts?: Parts;
  /** What the view remembers of its answers over time, where it `keeps` something; a failure keeps it too. */
  readonly kept?: unknown;
};

/** By name of the database; null for one that has not answered yet. */
export type Parts = ReadonlyMap<string, Sample | null>;

/** What one node answered when it was asked for a view, or why it did not. */
export type Sample =
  | OkSample
  | {
      readonly state: "failed";
      readonly error: NodeError;
      /** The last answer, to be shown with its age; null where there was none. */
      readonly last: OkSample | null;
      /** Where no database answered: why each did not. */
      readonly parts?: Parts;
    }
  | {
      readonly state: "notApplicable";
      readonly why: string;
      /** What the view is about is not installed in this database: not worth a word where another has it. */
      readonly isAbsent?: true;
      /** The node has no database of the name that was asked for. */
      readonly lacksDatabase?: true;
      /** Where no database has rows: why each has none. */
      readonly parts?: Parts;
    };

/** By view, then by node. A node that has not answered yet has no entry. */
export type Samples = Readonly<Record<string, Readonly<Record<string, Sample>>>>;
