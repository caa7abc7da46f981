import type { NodeSettings } from "../../config/settings.ts";
import { type NodeError, NodeFailure, nodeError } from "../../postgres/node-error.ts";
import type { ServerFacts } from "../../postgres/server.ts";
import { withDeadline } from "../schedule.ts";
import type { LoginCredentials } from "../secrets/credentials.ts";
import { loginError, seconds } from "../session/failure.ts";
import { SessionPool } from "../session/pool.ts";
import type { Session } from "../session/session.ts";
import type { TunnelUse } from "../ssh/tunnels.ts";

type Means = {
  readonly credentials: LoginCredentials;
  /** Null when the server is reached directly. */
  readonly tunnel: TunnelUse | null;
};

export type OwnSessionOptions = {
  /** Null is the node's own. */
  readonly database: string | null;
  /** How long a statement may take on the server. */
  readonly limitMs: number;
  /** How long it may wait for a lock, and for the end of another transaction. */
  readonly lockMs: number;
  /** It may not write. */
  readonly readOnly?: boolean;
};

export type Work<T> = (session: Session, facts: ServerFacts) => Promise<T>;

/** What `work` came to, or why there was no session for it. */
export type OwnSession<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: NodeError };

const goodbyeMs = 1000;

/**
 * Logs in beside the sessions of a node and lets `work` ask there; then the session is closed. It may write unless
 * `readOnly` is set. What happens in it says nothing of the node. Never for what monitoring asks.
 */
export async function inOwnSession<T>(
  settings: NodeSettings,
  { credentials, tunnel }: Means,
  { database, limitMs, lockMs, readOnly = false }: OwnSessionOptions,
  work: Work<T>,
): Promise<OwnSession<T>> {
  let facts: ServerFacts | null = null;
  const { connection, pool: limits } = settings;
  const own: NodeSettings = {
    ...settings,
    connection: { ...connection, dbname: database ?? connection.dbname },
    readOnly,
    statementTimeoutMs: limitMs,
    lockTimeoutMs: lockMs,
    pool: { ...limits, max: 1 },
  };
  const pool = new SessionPool(own, {
    credentials,
    tunnel,
    introduced: (found) => {
      facts = found;
    },
    lost: () => {},
  });
  const loginMs = Math.min(limits.connectTimeoutMs, limits.acquireTimeoutMs);
  try {
    const late = () => new NodeFailure(nodeError("timeout", `no login in ${seconds(loginMs)}`));
    await withDeadline(pool.prove(), loginMs, late);
    const session = await pool.acquire();
    if (!facts) throw new RangeError("a session that nobody introduced");
    const value = await work(session, facts).finally(() => pool.release(session));
    return { ok: true, value };
  } catch (cause) {
    return { ok: false, error: loginError(cause, loginMs) };
  } finally {
    // A statement that was given up is cancelled on the way out.
    await pool.end(goodbyeMs);
  }
}
