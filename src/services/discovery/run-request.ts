import { randomUUID } from "node:crypto";
import type { RestLogin, SourceSettings } from "../../config/settings.ts";
import { notMember } from "../../discovery/patroni.ts";
import { nodeError } from "../../postgres/node-error.ts";
import {
  type OperationOutcome,
  type OperationResult,
  type RestPlan,
  requestText,
} from "../../store/actions/operation.ts";
import { maskSecrets } from "../../text/known-secrets.ts";
import type { AuditEntry } from "../actions/audit-file.ts";
import type { ActionMeans } from "../actions/means.ts";
import { detailOf } from "../actions/run-operation.ts";
import { after } from "../schedule.ts";
import { getText, isUnmade, isUntrusted, wordsOf } from "./patroni.ts";
import { authorizationFor, type RestTls, readTls, tlsOption } from "./rest-way.ts";

export type RequestMeans = Pick<ActionMeans, "audit" | "refusal"> & {
  /** Where the members of a cluster are asked for now; null where they no longer are. */
  readonly source: (cluster: string) => SourceSettings | null;
};

/** What is shown of an answer: Patroni says it in a sentence. */
const longestAnswerBytes = 1000;

/** Does one operation of Patroni: writes the audit line, sends the request, and writes what became of it. Never rejects. */
export async function runRequest(means: RequestMeans, plan: RestPlan): Promise<OperationResult> {
  const done = (outcome: OperationOutcome, unrecorded: string | null = null): OperationResult => ({
    plan,
    outcome,
    unrecorded,
  });
  const refused = (why: string) => done({ kind: "refused", why });
  const source = means.source(plan.cluster);
  if (source === null) return refused("the config no longer says where its cluster is discovered");
  if (source.kind !== "patroni") return refused("its cluster is no longer discovered from Patroni");
  const read = await readTls(source);
  if (!read.ok) return refused(read.why);
  const { tls } = read;
  const stranger = await strangerAt(plan, tls, source.deadlineMs);
  if (stranger !== null) return refused(stranger);
  for (const node of new Set([plan.node, ...plan.touched])) {
    const why = means.refusal(node);
    if (why !== null) return refused(`${node}: ${why}`);
  }
  const entry = entryOf(plan);
  const unwritten = await means.audit.append(entry);
  if (unwritten !== null) return refused(`no audit line, no action: ${unwritten}`);
  const outcome = await sent(plan, { tls, login: source.login });
  const unrecorded = await means.audit.append({
    ...entry,
    outcome: outcome.kind,
    detail: detailOf(outcome),
  });
  return done(outcome, unrecorded);
}

/** Why the member that is meant is not what answers at its address; null when it is, or any member will do. */
async function strangerAt(
  { member, urls }: RestPlan,
  tls: RestTls,
  deadlineMs: number,
): Promise<string | null> {
  const [url] = urls;
  if (member === null || url === undefined) return null;
  const ending = new AbortController();
  const callOff = after(deadlineMs, () => ending.abort());
  const answer = await getText(`${url}/patroni`, { tls, signal: ending.signal });
  callOff();
  const late = `no answer within ${deadlineMs / 1000} s`;
  if (!answer.ok) return `${url}: ${ending.signal.aborted ? late : answer.why}`;
  const why = notMember(answer.text, member);
  return why === null ? null : `${url}: ${why}`;
}

/** To the first address, and to the next one only where no connection was made: nothing is ever sent twice. */
async function sent(plan: RestPlan, way: Omit<Way, "signal">): Promise<OperationOutcome> {
  const ending = new AbortController();
  const callOff = after(plan.limitMs, () => ending.abort());
  const unmade: string[] = [];
  try {
    for (const url of plan.urls) {
      const outcome = await sentTo(url, plan, { ...way, signal: ending.signal });
      if (typeof outcome !== "string") return outcome;
      unmade.push(`${url}: ${outcome}`);
    }
  } finally {
    callOff();
  }
  return { kind: "failed", error: nodeError("refused", unmade.join("; ")), isUnsure: false };
}

type Way = { readonly tls: RestTls; readonly login: RestLogin | null; readonly signal: AbortSignal };

/**
 * What became of it; why, where no connection was made. A login is sent only to who asks for one: an answer of 401
 * says that nothing was done, so the request is sent once more with it.
 */
async function sentTo(url: string, plan: RestPlan, way: Way): Promise<OperationOutcome | string> {
  const { limitMs } = plan;
  const { login, signal } = way;
  try {
    const first = await request(url, plan, way, null);
    if (first.status !== 401 || login === null || !asksForBasic(first))
      return outcomeOf(first.status, await beginningOf(first), null);
    void first.body?.cancel().catch(() => {});
    const authorization = await authorizationFor(url, login);
    if (!authorization.ok) return { kind: "notPermitted", why: authorization.why, fix: authorization.fix };
    const second = await request(url, plan, way, authorization.value);
    return outcomeOf(second.status, await beginningOf(second), login);
  } catch (cause) {
    if (isUnmade(cause)) return wordsOf(cause);
    if (signal.aborted)
      return failed(nodeError("timeout", `${url}: no answer within ${limitMs / 1000} s`), true);
    return failed(nodeError("lost", `${url}: ${wordsOf(cause)}`), !isUntrusted(cause));
  }
}

function request(
  url: string,
  { method, path, body }: RestPlan,
  { tls, signal }: Way,
  authorization: string | null,
): Promise<Response> {
  return fetch(`${url}${path}`, {
    method,
    body,
    headers: {
      accept: "application/json, text/plain",
      "accept-encoding": "identity",
      ...(body !== null && { "content-type": "application/json" }),
      ...(authorization !== null && { authorization }),
    },
    redirect: "manual",
    credentials: "omit",
    keepalive: false,
    signal,
    ...tlsOption(tls),
  });
}

const asksForBasic = ({ headers }: Response) => /^basic\b/i.test(headers.get("www-authenticate") ?? "");

const failed = (error: ReturnType<typeof nodeError>, isUnsure: boolean): OperationOutcome => ({
  kind: "failed",
  error,
  isUnsure,
});

/** By the status alone. Of 5xx Patroni says also that it does not know what became of a switchover. */
function outcomeOf(status: number, said: string, login: RestLogin | null): OperationOutcome {
  const words = `Patroni answered ${status}${said === "" ? "" : `: ${said}`}`;
  if (status === 202) return { kind: "sent", why: words };
  if (status >= 200 && status < 300) return { kind: "done", value: null };
  if (status === 401)
    return {
      kind: "notPermitted",
      why: words,
      fix:
        login === null
          ? "its restapi asks for a login: give username and password_env below discover"
          : `it refused the password of ${login.username}`,
    };
  if (status === 403)
    return {
      kind: "notPermitted",
      why: words,
      fix: "its restapi asks for a certificate (sslcert and sslkey below discover) or for an address of its allowlist",
    };
  if (status >= 300 && status < 400)
    return failed(nodeError("other", `${status}: a redirect, which is not followed`), false);
  return failed(
    { kind: "other", sqlstate: null, message: maskSecrets(words), hint: null },
    status < 400 || status >= 500,
  );
}

/** The beginning of an answer as text; what comes later is not read. A status counts also where its text does not come. */
async function beginningOf({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of body ?? []) {
      length += chunk.length;
      chunks.push(chunk);
      // Leaving the loop ends the connection.
      if (length >= longestAnswerBytes) break;
    }
  } catch {
    // The status has come.
  }
  const text = Buffer.concat(chunks).subarray(0, longestAnswerBytes).toString("utf8");
  return maskSecrets(text.replace(/\s+/g, " ").trim());
}

function entryOf(plan: RestPlan): AuditEntry {
  const to = URL.parse(plan.urls[0] ?? "");
  return {
    id: randomUUID(),
    action: plan.operation,
    node: plan.node,
    host: to?.hostname ?? "",
    port: to === null ? null : Number(to.port || (to.protocol === "https:" ? 443 : 80)),
    ...{ database_role: null, login_role: null, server_role: null },
    statement: requestText(plan),
    values: [],
    targets: [{ cluster: plan.cluster, what: plan.title, addresses: plan.urls.join(" ") }],
    outcome: null,
    detail: null,
  };
}
