import type { RowId } from "../../views/row-id.ts";
import type { SignalResult, SignalTarget } from "./signal.ts";

export type Field =
  | "node"
  | "role"
  | "cluster"
  | "pid"
  /** The kind of process, where it serves no client. */
  | "type"
  | "state"
  | "user"
  | "database"
  | "application"
  | "client"
  | "transaction"
  | "running"
  | "statement"
  /** How many waiting sessions go on once it ends, by the tree of locks; else how many wait for it, by their blockers. */
  | "frees"
  | "blocks"
  /** Said where the replay of WAL, which is no session, goes on once it ends. */
  | "replay"
  /** What it waits for, where that is a standby that confirms its commit. */
  | "commit";

/** One thing that an action is meant for, as the question names it. */
export type Named = {
  readonly id: RowId;
  readonly isProduction: boolean;
  /** As the server gave them, not yet safe to draw; null is unknown, or none. */
  readonly fields: Readonly<Record<Field, string | null>>;
};

/** What is asked before an action. It does not change while it stands there, whatever the servers do. */
export type Question = {
  readonly title: string;
  readonly about: readonly Named[];
  /** What is marked and left out, and why. */
  readonly leftOut: readonly { readonly id: RowId; readonly why: string }[];
  /** What has to be typed for a yes; null where `y` is enough. */
  readonly word: string | null;
};

/** A question before an action, then what became of each target. */
export type ActionOverlay = {
  readonly kind: "action";
  /** The name of its command. */
  readonly action: string;
  readonly question: Question;
  readonly targets: readonly SignalTarget[];
  readonly typed: string;
  readonly stage: "asking" | "running" | "done";
  readonly results: readonly SignalResult[];
  /** First line of the list on screen. */
  readonly top: number;
};
