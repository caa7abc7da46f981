import { NodeFailure, nodeError } from "../../postgres/node-error.ts";
import { after, withDeadline } from "../schedule.ts";
import { cancelRequest } from "./cancel-request.ts";
import { seconds } from "./failure.ts";
import type { Answer, Session, Statement } from "./session.ts";

/** How long a cancelled statement may take to say so before its session is destroyed. */
const cancelGraceMs = 1000;

/**
 * Asks one statement; cancels it on the server when `deadlineMs` are over or `signal` is aborted. The server's own
 * "canceling statement" keeps the session; silence, which rejects with a {@link NodeFailure}, costs it.
 */
export async function answerWithin(
  session: Session,
  statement: Statement,
  deadlineMs: number,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  const running = session.ask(statement);
  const cancelled = Promise.withResolvers<never>();
  cancelled.promise.catch(() => {});
  let noticed: Promise<void> | null = null;
  let callOffGrace = () => {};
  const cancel = () => {
    noticed = cancelRequest(session);
  };
  const abort = () => {
    cancel();
    const silent = new NodeFailure(nodeError("cancelled", "cancelled"));
    callOffGrace = after(cancelGraceMs, () => cancelled.reject(silent));
  };
  if (signal?.aborted) abort();
  else signal?.addEventListener("abort", abort, { once: true });
  try {
    return await withDeadline(Promise.race([running, cancelled.promise]), deadlineMs, () => {
      cancel();
      return new NodeFailure(nodeError("timeout", `no answer in ${seconds(deadlineMs)}`));
    });
  } finally {
    // A request to cancel that is still on its way would hit whatever the session runs next.
    if (signal?.aborted) await noticed;
    signal?.removeEventListener("abort", abort);
    callOffGrace();
    running.catch(() => {});
  }
}
