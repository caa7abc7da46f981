import { randomUUID } from "node:crypto";
import type { NodeError } from "../../postgres/node-error.ts";
import type { ServerFacts } from "../../postgres/server.ts";
import type { Signal, SignalOutcome, SignalResult, SignalTarget } from "../../store/actions/signal.ts";
import { maskSecrets } from "../../text/known-secrets.ts";
import { notIntroduced } from "../nodes/outcome.ts";
import { sleep } from "../schedule.ts";
import type { Statement } from "../session/session.ts";
import type { AuditEntry } from "./audit-file.ts";
import type { ActionMeans } from "./means.ts";
import { outcomeOf, ownSession, refusedBy, type Sent } from "./signal-outcome.ts";
import { lackStatement, lookStatement, sendStatement } from "./signal-statements.ts";

/** How long one statement may wait for the end of a session; the pulse of the node may need the same session of ours. */
const longestWaitMs = 500;
/** How long the end of a session or statement is waited for in all. */
const patienceMs = 5000;
/** The first look comes soon, each next one after twice the time. */
const firstLookMs = 20;
const longestLookMs = 500;
/** Of the statement that a session runs; the audit file says which it was, not all of it. */
const auditedCharacters = 1000;

/**
 * Sends a signal to sessions of any number of nodes: nodes at the same time, the sessions of one node one after the other
 * in the order given. Each result is reported as soon as it is known, and all are returned in the order of `targets`.
 * Never rejects: what goes wrong with one target is its outcome, and touches no other.
 */
export async function signalSessions(
  means: ActionMeans,
  signal: Signal,
  targets: readonly SignalTarget[],
  report: (result: SignalResult) => void = () => {},
): Promise<SignalResult[]> {
  const results = new Map<SignalTarget, SignalResult>();
  const done = (result: SignalResult) => {
    results.set(result.target, result);
    report(result);
  };
  const byNode = Map.groupBy(targets, ({ id }) => id.node);
  await Promise.all(
    Array.from(byNode, ([node, own]) => new NodeSignals(means, signal, node, done).send(own)),
  );
  return targets.flatMap((target) => results.get(target) ?? []);
}

/** A signal that the server took, whose end is not yet seen. */
type Pending = {
  readonly target: SignalTarget;
  readonly entry: AuditEntry;
  /** False when the server said that it sent nothing. */
  readonly isTaken: boolean;
  /** When the session last changed its state before the signal. */
  readonly stateChange: string | null;
};

class NodeSignals {
  readonly #means: ActionMeans;
  readonly #signal: Signal;
  readonly #node: string;
  readonly #done: (result: SignalResult) => void;

  constructor(means: ActionMeans, signal: Signal, node: string, done: (result: SignalResult) => void) {
    this.#means = means;
    this.#signal = signal;
    this.#node = node;
    this.#done = done;
  }

  async send(targets: readonly SignalTarget[]): Promise<void> {
    const { manager } = this.#means;
    const notReady = await manager.ready(this.#node);
    const facts = manager.facts(this.#node);
    const pending: Pending[] = [];
    for (const target of targets) {
      // One session is waited for by the server itself; many are all sent their signals first.
      const waitMs = targets.length === 1 ? this.#waitMs : 0;
      if (notReady || !facts) this.#report(target, failed(notReady ?? notIntroduced, false));
      else {
        const awaited = await this.#sendTo(target, facts, waitMs);
        if (awaited) pending.push(awaited);
      }
    }
    await this.#await(pending);
  }

  /** The server's own limit must not end the statement that waits. */
  get #waitMs(): number {
    const timeoutMs = this.#means.manager.get(this.#node)?.statementTimeoutMs ?? longestWaitMs;
    return Math.min(longestWaitMs, Math.floor(timeoutMs / 2));
  }

  /** Writes down what is about to be sent, and sends it. Null when its outcome is known already, and reported. */
  async #sendTo(target: SignalTarget, facts: ServerFacts, waitMs: number): Promise<Pending | null> {
    const { manager, audit } = this.#means;
    const refused = (why: string) => {
      this.#report(target, { kind: "refused", why });
      return null;
    };
    const why = this.#refusal(target, facts);
    if (why !== null) return refused(why);
    const statement = sendStatement(this.#signal, target, facts.versionNum, waitMs);
    const entry = this.#entry(target, statement, facts);
    const unwritten = await audit.append(entry);
    if (unwritten !== null) return refused(`no audit line, no action: ${unwritten}`);
    const asked = await manager.query(this.#node, statement);
    let sent: Sent;
    if (asked.ok)
      sent = outcomeOf(asked.answer, {
        signal: this.#signal,
        waitMs,
        wasInRecovery: target.inRecovery,
        facts,
      });
    else if (asked.error.sqlstate === "42501") sent = await this.#lack(target, facts, asked.error);
    else sent = failed(asked.error, asked.error.sqlstate === null || asked.error.sqlstate === "57014");
    if (sent.kind === "awaited") return { ...sent, target, entry };
    await this.#record(target, entry, sent);
    return null;
  }

  /** Why nothing is sent to a session; null when it is. */
  #refusal({ pid }: SignalTarget, { throughPooler }: ServerFacts): string | null {
    const { manager, refusal } = this.#means;
    const isOwn = !throughPooler && manager.ownProcesses(this.#node).includes(pid);
    return refusal(this.#node) ?? (isOwn ? ownSession : null);
  }

  /** The server refused the signal and says in words alone why: the rights say it too. */
  async #lack(target: SignalTarget, facts: ServerFacts, error: NodeError): Promise<SignalOutcome> {
    const asked = await this.#means.manager.query(
      this.#node,
      lackStatement(target.pid, this.#signal, facts.versionNum),
    );
    return asked.ok ? refusedBy(asked.answer, this.#signal, facts) : failed(error, false);
  }

  /** Looks again until each session, or its statement, has ended. */
  async #await(pending: readonly Pending[]): Promise<void> {
    let left = pending;
    const endMs = performance.now() + patienceMs;
    for (let pauseMs = firstLookMs; left.length > 0; pauseMs = Math.min(2 * pauseMs, longestLookMs)) {
      await sleep(pauseMs);
      const asked = await this.#means.manager.query(
        this.#node,
        lookStatement(left.map(({ target }) => target)),
      );
      const isOver = performance.now() > endMs;
      const seen = asked.ok
        ? new Map(asked.answer.rows.map(([pid, stateChange]) => [Number(pid), stateChange ?? null]))
        : null;
      const waiting: Pending[] = [];
      for (const one of left) {
        const outcome = this.#seen(one, seen);
        if (outcome) await this.#record(one.target, one.entry, outcome);
        else if (isOver)
          await this.#record(one.target, one.entry, this.#unended(asked.ok ? null : asked.error));
        else waiting.push(one);
      }
      left = waiting;
    }
  }

  /** Done when the session is gone or, after a cancel, has changed its state; null as long as it has not. */
  #seen(one: Pending, seen: ReadonlyMap<number, string | null> | null): SignalOutcome | null {
    const { target, isTaken, stateChange } = one;
    if (seen === null) return null;
    if (!seen.has(target.pid)) return { kind: isTaken ? "done" : "gone" };
    if (!isTaken) return { kind: "refused", why: "the server sends this process no signal" };
    const isSame = this.#signal === "terminate" || seen.get(target.pid) === stateChange;
    return isSame ? null : { kind: "done" };
  }

  #unended(error: NodeError | null): SignalOutcome {
    if (error) return { kind: "sent", why: `the server does not say whether it worked: ${error.message}` };
    const what =
      this.#signal === "cancel" ? "its statement was not seen to end" : "the session is still there";
    return { kind: "sent", why: `${what} after ${patienceMs / 1000} s` };
  }

  #entry(target: SignalTarget, { text, values = [] }: Statement, facts: ServerFacts): AuditEntry {
    const { host, port } = this.#means.manager.get(this.#node)?.connection ?? { host: "", port: null };
    const { pid, backendStart, shown } = target;
    const mask = (value: string | null) => value && maskSecrets(value.slice(0, auditedCharacters));
    return {
      id: randomUUID(),
      action: this.#signal,
      node: this.#node,
      host,
      port,
      database_role: facts.user,
      login_role: facts.sessionUser,
      server_role: facts.inRecovery ? "standby" : "primary",
      statement: text.trim(),
      values,
      targets: [
        {
          pid,
          backend_start: backendStart,
          user: shown.user,
          database: shown.database,
          application: mask(shown.application),
          client: shown.client,
          statement: mask(shown.statement),
        },
      ],
      outcome: null,
      detail: null,
    };
  }

  async #record(target: SignalTarget, entry: AuditEntry, outcome: SignalOutcome): Promise<void> {
    const detail = detailOf(outcome);
    const unrecorded = await this.#means.audit.append({ ...entry, outcome: outcome.kind, detail });
    this.#report(target, outcome, unrecorded);
  }

  #report(target: SignalTarget, outcome: SignalOutcome, unrecorded: string | null = null): void {
    this.#done({ signal: this.#signal, target, outcome, unrecorded });
  }
}

function failed(error: NodeError, isUnsure: boolean): SignalOutcome {
  return { kind: "failed", error, isUnsure };
}

function detailOf(outcome: SignalOutcome): string | null {
  switch (outcome.kind) {
    case "done":
    case "gone":
      return null;
    case "sent":
    case "refused":
      return outcome.why;
    case "notPermitted":
      return `${outcome.why}: ${outcome.fix}`;
    case "failed":
      return outcome.error.message;
  }
}
