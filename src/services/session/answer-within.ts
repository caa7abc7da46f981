import { type NodeError, NodeFailure, nodeError } from "../../postgres/node-error.ts";
import { after } from "../schedule.ts";
import { cancelRequest } from "./cancel-request.ts";
import { seconds } from "./failure.ts";
import type { Answer, Session, Statement } from "./session.ts";

/** How long a cancelled statement may take to say so before its session is destroyed. */
const cancelGraceMs = 1000;

export type Limits = {
  readonly deadlineMs: number;
  readonly signal: AbortSignal | undefined;
  /** After the deadline the server gets a second to answer that it cancelled, which keeps the session. */
  readonly keepsSession: boolean;
};

/**
 * Asks one statement; cancels it on the server when `deadlineMs` are over or `signal` is aborted. The server's own
 * "canceling statement" keeps the session; silence, which rejects with a {@link NodeFailure}, costs it.
 */
export async function answerWithin(
  session: Session,
  statement: Statement,
  { deadlineMs, signal, keepsSession }: Limits,
): Promise<Answer> {
  const running = session.ask(statement);
  const silent = Promise.withResolvers<never>();
  silent.promise.catch(() => {});
  let noticed: Promise<void> | null = null;
  let callOffGrace = () => {};
  const cancel = (error: NodeError) => {
    noticed ??= cancelRequest(session);
    callOffGrace();
    callOffGrace = after(cancelGraceMs, () => silent.reject(new NodeFailure(error)));
  };
  const abort = () => cancel(nodeError("cancelled", "cancelled"));
  const callOffDeadline = after(deadlineMs, () => {
    const error = nodeError("timeout", `no answer in ${seconds(deadlineMs)}`);
    if (keepsSession) return cancel(error);
    void cancelRequest(session);
    silent.reject(new NodeFailure(error));
  });
  if (signal?.aborted) abort();
  else signal?.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([running, silent.promise]);
  } finally {
    callOffDeadline();
    // A request to cancel that is still on its way would hit whatever the session runs next.
    await noticed;
    signal?.removeEventListener("abort", abort);
    callOffGrace();
    running.catch(() => {});
  }
}
