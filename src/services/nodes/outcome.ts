import { type NodeError, nodeError } from "../../postgres/node-error.ts";
import type { Answer } from "../session/session.ts";

/** What one node answered, and how long it took; null where the question came to no session. */
export type Outcome =
  | { readonly ok: true; readonly answer: Answer; readonly ms: number }
  | { readonly ok: false; readonly error: NodeError; readonly ms: number | null };

/** A question to many nodes: one outcome each, in the order asked; failures stand beside answers. */
export type FanOut = {
  readonly outcomes: Promise<{ readonly node: string; readonly outcome: Outcome }[]>;
  /** Cancels on every server what has not been answered yet. */
  readonly cancel: () => void;
};

/** Nothing can be asked of a server before it has said what it is. */
export const notIntroduced: NodeError = nodeError("other", "the server has not been introduced yet");

export type AskOptions = {
  /** When to give up and cancel on the server, counted from when there is a session to ask in. */
  readonly deadlineMs?: number;
  /** Aborting it cancels the statement on the server. */
  readonly signal?: AbortSignal | undefined;
  /** The pulse: its silence makes the node stale, then lost. Any other question fails alone. */
  readonly speaksForHealth?: boolean;
  /** For a statement that is known to take long: asked beside the session at rest, which the pulse needs. */
  readonly apart?: boolean;
  /** Asked in a session of this database, beside the node's own. What fails there says nothing of the node. */
  readonly database?: string | undefined;
};
