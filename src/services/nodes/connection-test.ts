import type { NodeSettings } from "../../config/settings.ts";
import { type NodeError, NodeFailure, nodeError } from "../../postgres/node-error.ts";
import { readRights, rightsStatement, type ServerRights } from "../../postgres/rights.ts";
import type { ServerFacts } from "../../postgres/server.ts";
import { withDeadline } from "../schedule.ts";
import type { NodeCredentials } from "../secrets/credentials.ts";
import { loginError, seconds } from "../session/failure.ts";
import { SessionPool } from "../session/pool.ts";
import type { Answer, Session } from "../session/session.ts";
import type { TunnelUse } from "../ssh/tunnels.ts";
import type { LoginStep } from "../wire/login-timeline.ts";

/** `tunnel` is the session with the bastion; `query` is a question and its answer. */
export type ConnectionStep = "tunnel" | LoginStep | "query";

/** Milliseconds of each step that was come to. */
export type ConnectionLatency = Readonly<Partial<Record<ConnectionStep, number>>>;

/** What one login found out, or the step that it did not come through. Nothing of it is kept anywhere. */
export type ConnectionReport =
  | {
      readonly ok: true;
      readonly latencyMs: ConnectionLatency;
      readonly facts: ServerFacts;
      readonly rights: ServerRights;
    }
  | {
      readonly ok: false;
      readonly latencyMs: ConnectionLatency;
      readonly step: ConnectionStep;
      readonly error: NodeError;
    };

export type TestMeans = {
  readonly credentials: NodeCredentials;
  /** Null when the server is reached directly. */
  readonly tunnel: TunnelUse | null;
  /** Aborting it ends the test at once. */
  readonly signal?: AbortSignal | undefined;
  /** When to give up altogether. */
  readonly limitMs?: number;
};

const defaultLimitMs = 15_000;
const goodbyeMs = 50;

/**
 * Logs in to a node once, the way the program does, in a session of its own that is closed afterwards, and asks what
 * the server and our role there are. Takes `limitMs` and some 100 ms at most. Never rejects.
 */
export async function testConnection(
  settings: NodeSettings,
  { credentials, tunnel, signal, limitMs = defaultLimitMs }: TestMeans,
): Promise<ConnectionReport> {
  const progress: Progress = { tunnelMs: null, session: null, facts: null, queryMs: null };
  const pool = new SessionPool(
    { ...settings, pool: { ...settings.pool, max: 1 } },
    {
      credentials,
      tunnel,
      introduced: (facts) => {
        progress.facts = facts;
      },
      lost: () => {},
      began: (session) => {
        progress.session = session;
      },
    },
  );
  const late = () => new NodeFailure(nodeError("timeout", `no end of the test in ${seconds(limitMs)}`));
  try {
    const asked = ask(pool, tunnel, progress);
    const answer = await withDeadline(unlessAborted(asked, signal), limitMs, late);
    if (!progress.facts) throw new RangeError("a session that nobody introduced");
    const rights = readRights(answer, progress.facts);
    return { ok: true, latencyMs: latencyOf(progress), facts: progress.facts, rights };
  } catch (cause) {
    const { connectTimeoutMs, acquireTimeoutMs } = settings.pool;
    const error = loginError(cause, Math.min(connectTimeoutMs, acquireTimeoutMs));
    const before = tunnel && progress.tunnelMs === null ? "tunnel" : "connect";
    const step = progress.session ? (progress.session.timeline.step ?? "query") : before;
    return { ok: false, latencyMs: latencyOf(progress), step, error };
  } finally {
    await pool.end(goodbyeMs);
  }
}

type Progress = {
  tunnelMs: number | null;
  session: Session | null;
  facts: ServerFacts | null;
  queryMs: number | null;
};

async function ask(pool: SessionPool, tunnel: TunnelUse | null, progress: Progress): Promise<Answer> {
  const startMs = performance.now();
  await tunnel?.ready();
  if (tunnel) progress.tunnelMs = performance.now() - startMs;
  await pool.prove();
  const session = await pool.acquire();
  const askedMs = performance.now();
  const answer = await session.ask({ text: rightsStatement });
  progress.queryMs = performance.now() - askedMs;
  pool.release(session);
  return answer;
}

function latencyOf({ tunnelMs, session, queryMs }: Progress): ConnectionLatency {
  return {
    ...(tunnelMs !== null && { tunnel: tunnelMs }),
    ...session?.timeline.ms,
    ...(queryMs !== null && { query: queryMs }),
  };
}

/** The work, or a rejection as soon as `signal` is aborted; the work itself goes on. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  work.catch(() => {});
  if (!signal) return work;
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(new NodeFailure(nodeError("cancelled", "cancelled")));
  if (signal.aborted) abort();
  else signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
