import { NodeFailure, nodeError } from "../../postgres/node-error.ts";
import { lackOfRights, unusableStatement, unusableValues } from "../../postgres/rights.ts";
import {
  factsStatement,
  factsWithIdentity,
  readFacts,
  type ServerFacts,
  walTimeline,
} from "../../postgres/server.ts";
import { toNodeError } from "../../postgres/sqlstate.ts";
import { maskSecrets } from "../../text/known-secrets.ts";
import { withDeadline } from "../schedule.ts";
import { senseless } from "../wire/message-guard.ts";
import { isAnswer } from "./failure.ts";
import type { Session, Statement } from "./session.ts";

/** PgBouncer lets everybody log in, and says after two minutes (query_wait_timeout) that it has no connection left. */
const silenceHint =
  "It hangs, or a pooler in the way has no free connection to it: see default_pool_size there.";

/**
 * Learns what server a session leads to: it may have been upgraded, promoted or replaced since the last one.
 * Takes `limitMs` at most, then destroys the session. Rejects when it does not answer or is too old.
 */
export async function introduce(session: Session, limitMs: number): Promise<ServerFacts> {
  const expiry = () => {
    session.destroy();
    return new NodeFailure(nodeError("timeout", "logged in, but the server does not answer", silenceHint));
  };
  const asked = ask(session);
  // The driver sends the first question of a session when it has heard out the login, in this turn.
  queueMicrotask(() => session.askAhead());
  const facts = await withDeadline(asked, limitMs, expiry);
  if (facts.versionNum < 100000)
    throw new NodeFailure(
      nodeError("unsupported", `server is ${maskSecrets(facts.version)}`, "pgparade needs 10 or newer."),
    );
  return facts;
}

/** The session's own line of pg_stat_ssl: what the server was shown of us. */
const shownCertificate = {
  100000: "select s.clientdn from pg_catalog.pg_stat_ssl as s where s.pid = pg_catalog.pg_backend_pid()",
  120000: "select s.client_serial from pg_catalog.pg_stat_ssl as s where s.pid = pg_catalog.pg_backend_pid()",
};

/** libpq's sslcertmode=require. The runtime does not tell whether it was asked for a certificate; the server does. */
async function requireCertificate(session: Session, { versionNum }: ServerFacts): Promise<void> {
  const { rows } = await session.ask({ text: shownCertificate[versionNum < 120000 ? 100000 : 120000] });
  if (rows[0]?.[0]) return;
  const hint = "Set sslcert and sslkey, and ssl_ca_file there; or leave sslcertmode out.";
  throw new NodeFailure(nodeError("tls", "sslcertmode=require, but the server took no certificate", hint));
}

async function ask(session: Session): Promise<ServerFacts> {
  const one = async (text: string, named: Pick<Statement, "name"> = { name: "facts" }) => {
    const { fields, rows } = await session.ask({ ...named, text });
    return Object.fromEntries(fields.map((field, at) => [field, rows[0]?.[at] ?? null]));
  };
  // One round trip where the role may read the control file; where it may not, the rest alone.
  const facts = await one(factsWithIdentity).catch((cause: unknown) => {
    if (!isAnswer(cause)) throw cause;
    return one(factsStatement).catch(async (refusal: unknown) => {
      throw isAnswer(refusal) ? await withGrants(session, refusal) : refusal;
    });
  });
  const isVague = facts["timeline_at_least"] === "t" && facts["lists_wal"] === "t";
  const { timeline } = isVague ? await one(walTimeline, {}).catch(notSaid) : noTimeline;
  const read = understood(timeline ? { ...facts, timeline, timeline_at_least: "f" } : facts, session);
  if (session.route.server.sslcertmode === "require") await requireCertificate(session, read);
  return read;
}

/** The refusal of a fact that any role may know, until somebody revokes it from PUBLIC, with the GRANTs that it takes. */
async function withGrants(session: Session, cause: unknown): Promise<unknown> {
  const error = toNodeError(cause);
  if (error.sqlstate !== "42501") return cause;
  const { rows } = await session.ask({ text: "select current_user" });
  const lacks = await session.ask({ text: unusableStatement, values: unusableValues(factsStatement) });
  const lack = lackOfRights(lacks, { user: rows[0]?.[0] ?? "" });
  return lack ? new NodeFailure({ ...lack, hint: lack.detail ?? null }) : cause;
}

const noTimeline: Readonly<Record<string, string | null>> = { timeline: null };

/** A refusal of what other facts do not need. */
function notSaid(cause: unknown): typeof noTimeline {
  if (isAnswer(cause)) return noTimeline;
  throw cause;
}

function understood(facts: Readonly<Record<string, string | null>>, session: Session): ServerFacts {
  try {
    return readFacts(facts, session.tls, session.processID);
  } catch {
    throw new NodeFailure(senseless("the server says what makes no sense of itself"));
  }
}
