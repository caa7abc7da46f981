import { factsStatement, factsWithIdentity, readFacts, type ServerFacts } from "../postgres/server.ts";
import { NodeFailure, nodeError } from "../postgres/sqlstate.ts";
import { isAnswer } from "./failure.ts";
import { withDeadline } from "./schedule.ts";
import type { Session } from "./session.ts";

/**
 * Learns what server a session leads to: it may have been upgraded, promoted or replaced since the last one.
 * Takes `limitMs` at most, then destroys the session. Rejects when it does not answer or is too old.
 */
export async function introduce(session: Session, limitMs: number): Promise<ServerFacts> {
  const expiry = () => {
    session.destroy();
    return new NodeFailure(nodeError("timeout", "logged in, but the server does not answer"));
  };
  const facts = await withDeadline(ask(session), limitMs, expiry);
  if (facts.versionNum < 100000)
    throw new NodeFailure(
      nodeError("unsupported", `server is ${facts.version}`, "pgparade needs 10 or newer."),
    );
  return facts;
}

async function ask(session: Session): Promise<ServerFacts> {
  const one = async (text: string) => {
    const { fields, rows } = await session.ask({ name: "facts", text });
    return Object.fromEntries(fields.map((field, at) => [field, rows[0]?.[at] ?? null]));
  };
  // One round trip where the role may read the control file; where it may not, the rest alone.
  const facts = await one(factsWithIdentity).catch((cause: unknown) => {
    if (isAnswer(cause)) return one(factsStatement);
    throw cause;
  });
  return readFacts(facts, session.tls, session.processID);
}
