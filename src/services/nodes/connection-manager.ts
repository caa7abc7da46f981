import type { NodeSettings } from "../../config/settings.ts";
import { type NodeError, nodeError, type UnknownHost, type WantedSecret } from "../../postgres/node-error.ts";
import type { SeenRole, ServerFacts } from "../../postgres/server.ts";
import { toNodeError } from "../../postgres/sqlstate.ts";
import type { Health, NodeState } from "../../stats/health.ts";
import { costOfMinute, type OwnCost } from "../../stats/own-cost.ts";
import type { PoolStatistics } from "../../store/nodes.ts";
import type { Secret } from "../../text/secret.ts";
import { SharedCredentials } from "../secrets/shared-credentials.ts";
import { TypedSecrets } from "../secrets/typed-secrets.ts";
import type { FirstStatement } from "../session/question-ahead.ts";
import type { Statement } from "../session/session.ts";
import { learnHost } from "../ssh/host-keys.ts";
import { SshTunnels } from "../ssh/tunnels.ts";
import { type ConnectionReport, testConnection } from "./connection-test.ts";
import { LoginQueue } from "./login-queue.ts";
import { type NodeChanges, nodeChanges } from "./node-changes.ts";
import { NodeConnection } from "./node-connection.ts";
import type { AskOptions, FanOut, Outcome } from "./outcome.ts";
import { inOwnSession, type OwnSession, type OwnSessionOptions, type Work } from "./own-session.ts";

export type NodeEvent =
  | { readonly type: "added"; readonly node: string }
  | { readonly type: "removed"; readonly node: string }
  /** It was called `from` until now; its sessions are the same. */
  | { readonly type: "renamed"; readonly node: string; readonly from: string }
  /** Its thresholds, cluster, group or looks are others now; its sessions are the same. */
  | { readonly type: "retuned"; readonly node: string }
  | { readonly type: "state"; readonly node: string; readonly from: NodeState; readonly health: Health }
  | { readonly type: "role"; readonly node: string; readonly inRecovery: boolean };

export class DuplicateNodeError extends Error {
  constructor(node: string) {
    super(`a node named "${node}" exists already: choose another name or remove it first`);
    this.name = "DuplicateNodeError";
  }
}

/**
 * Holds one pool per node and answers for every node on its own: adding, removing, losing or stopping one
 * touches no other. Nothing throws on a server's account; failures are {@link Outcome} values.
 */
export class ConnectionManager {
  readonly #typed = new TypedSecrets();
  readonly #credentials = new SharedCredentials(this.#typed);
  readonly #tunnels = new SshTunnels(this.#typed);
  readonly #logins = new LoginQueue();
  #first: FirstStatement = () => null;
  readonly #nodes = new Map<string, NodeConnection>();
  readonly #listeners = new Set<(event: NodeEvent) => void>();

  /**
   * Starts to know a node; the first question connects it, not before `up` has come true.
   * Throws {@link DuplicateNodeError}, overwriting nothing.
   */
  add(settings: NodeSettings, up: Promise<void> | null = null): void {
    const node = settings.name;
    if (this.#nodes.has(node)) throw new DuplicateNodeError(node);
    const changed = (before: Health) =>
      this.#emit({
        type: "state",
        // It may have another name by now.
        node: connection.settings.name,
        from: before.state,
        health: connection.health,
      });
    const openTunnel = () => this.#tunnels.use(settings, () => this.#credentials.childEnvironment());
    const credentials = this.#credentials.of(settings);
    const turn = async () => {
      await up?.catch(() => {});
      return this.#logins.turn(() => connection.settings.name);
    };
    const connection = new NodeConnection(settings, credentials, openTunnel, changed, turn, (version) =>
      this.#first(version),
    );
    this.#nodes.set(node, connection);
    this.#emit({ type: "added", node });
  }

  /** Forgets a node and closes its sessions, cancelling what runs on it. False when there is none of that name. */
  async remove(node: string): Promise<boolean> {
    const connection = this.#nodes.get(node);
    if (!connection) return false;
    this.#nodes.delete(node);
    this.#emit({ type: "removed", node });
    await connection.close(0);
    return true;
  }

  /**
   * Makes these the nodes, in this order. A new one is added, one that is gone is removed, one that connects otherwise
   * is connected anew; every other keeps its sessions, also under another name. Returns what differed.
   */
  reconcile(nodes: readonly NodeSettings[]): NodeChanges {
    const changes = nodeChanges(
      Array.from(this.#nodes.values(), ({ settings }) => settings),
      nodes,
    );
    for (const node of [...changes.removed, ...changes.reconnected]) void this.remove(node);
    this.#rename(changes.renamed);
    for (const settings of nodes) {
      const kept = this.#nodes.get(settings.name);
      if (kept) {
        kept.retune(settings);
        this.#nodes.delete(settings.name);
        this.#nodes.set(settings.name, kept);
      } else this.add(settings);
    }
    for (const { from, to } of changes.renamed) this.#emit({ type: "renamed", node: to, from });
    for (const node of changes.retuned) this.#emit({ type: "retuned", node });
    return changes;
  }

  #rename(renamed: NodeChanges["renamed"]): void {
    for (const { from, to } of renamed) {
      const connection = this.#nodes.get(from);
      this.#nodes.delete(from);
      if (connection) this.#nodes.set(to, connection);
    }
  }

  /**
   * Logs in once with these settings, beside all nodes that there are; see {@link testConnection}. For a node that is
   * here with the same ones the password counts that a person typed.
   */
  test(settings: NodeSettings, signal?: AbortSignal): Promise<ConnectionReport> {
    const tunnel = this.#tunnels.use(settings, () => this.#credentials.childEnvironment());
    // A person asks, who may have mended what the last attempt failed of.
    tunnel?.forgive();
    tunnel?.retryNow();
    const own = this.#nodes.get(settings.name);
    const isSame = own && nodeChanges([own.settings], [settings]).reconnected.length === 0;
    const credentials = isSame ? own.credentials : this.#credentials.of(settings);
    credentials.forgive();
    return testConnection(settings, { credentials, tunnel, signal });
  }

  get(node: string): NodeSettings | undefined {
    return this.#nodes.get(node)?.settings;
  }

  list(): string[] {
    return [...this.#nodes.keys()];
  }

  /** Each login sends this statement in one go with its own question, for the first {@link query} to find answered. */
  askFirst(first: FirstStatement): void {
    this.#first = first;
  }

  /** The nodes that this names log in before all others that wait for their turn. */
  prefer(nodes: () => ReadonlySet<string>): void {
    this.#logins.preferred = nodes;
  }

  /** Connects if need be, within the back-off, when it is the node's turn to log in. Null when the node may be asked, else why not. */
  async ready(node: string): Promise<NodeError | null> {
    return (await this.#nodes.get(node)?.ready()) ?? (this.#nodes.has(node) ? null : unknownNode(node));
  }

  /** Asks one node one statement. */
  query(node: string, statement: Statement, options: AskOptions = {}): Promise<Outcome> {
    const connection = this.#nodes.get(node);
    if (!connection) return Promise.resolve({ ok: false, error: unknownNode(node), ms: null });
    return connection.ask(statement, options);
  }

  /** Asks many nodes at once, all of them by default. Takes as long as the slowest, at most the deadline. */
  queryAll(
    statement: Statement,
    { nodes = this.list(), ...options }: AskOptions & { readonly nodes?: readonly string[] } = {},
  ): FanOut {
    const stop = new AbortController();
    const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
    const outcomes = Promise.all(
      nodes.map(async (node) => ({
        node,
        outcome: await this.query(node, statement, { ...options, signal }),
      })),
    );
    return { outcomes, cancel: () => stop.abort() };
  }

  /** Lets `work` ask in a session of its own, which may write; see {@link inOwnSession}. */
  async apart<T>(node: string, options: OwnSessionOptions, work: Work<T>): Promise<OwnSession<T>> {
    const known = this.#nodes.get(node);
    if (!known) return { ok: false, error: unknownNode(node) };
    const { settings } = known;
    const { dbname } = settings.connection;
    // A refusal in another database may be about that one, and holds no login of the node.
    const isOwn = options.database === null || options.database === dbname;
    const credentials = isOwn ? known.credentials : known.credentials.elsewhere;
    const tunnel = this.#tunnels.use(settings, () => this.#credentials.childEnvironment());
    return inOwnSession(settings, { credentials, tunnel }, options, work);
  }

  health(node: string): Health | undefined {
    return this.#nodes.get(node)?.health;
  }

  facts(node: string): ServerFacts | null {
    return this.#nodes.get(node)?.facts ?? null;
  }

  poolStatistics(node: string): PoolStatistics | undefined {
    return this.#nodes.get(node)?.statistics;
  }

  /** The processes of our own sessions on a node. */
  ownProcesses(node: string): readonly number[] {
    return this.#nodes.get(node)?.ownProcesses ?? [];
  }

  /** What we cost a node. */
  cost(node: string): Omit<OwnCost, "dearest"> | null {
    const known = this.#nodes.get(node);
    if (!known) return null;
    return { minute: costOfMinute(known.spent, performance.now()), sessions: known.ownProcesses.length };
  }

  /** Tells the manager what a poll saw of the node's role; a flip is announced as an event. */
  observeRole(node: string, seen: SeenRole): void {
    if (this.#nodes.get(node)?.observeRole(seen))
      this.#emit({ type: "role", node, inRecovery: seen.inRecovery });
  }

  /** Tells the manager that a server refused its pulse. */
  refused(node: string, error: NodeError): void {
    this.#nodes.get(node)?.refused(error);
  }

  /** Tells the manager that what a node answers makes no sense: it is lost, for this reason. */
  distrust(node: string, error: NodeError): void {
    this.#nodes.get(node)?.distrust(error);
  }

  /** Closes a node's sessions until {@link connect} is called. */
  disconnect(node: string): void {
    this.#nodes.get(node)?.park();
  }

  /** Ends a {@link disconnect}, or makes a failed node's next attempt due now. */
  connect(node: string): void {
    this.#nodes.get(node)?.resume();
  }

  /** Logs in with what a person typed, at once. It goes before every other source until the server refuses it. */
  enterPassword(node: string, typed: Secret): void {
    this.#nodes.get(node)?.enterPassword(typed);
  }

  /**
   * Makes an ssh host known that a person vouches for, and tries at once every node that waits for it. Null when it is
   * done, else why not.
   */
  async trustHost(host: UnknownHost): Promise<NodeError | null> {
    try {
      await learnHost(host);
    } catch (cause) {
      return nodeError("tunnel", `${host.file} cannot be written`, toNodeError(cause).message);
    }
    this.#resumeAll((error) => error.unknownHost?.key === host.key);
    return null;
  }

  /** Takes what a person typed for a key or an ssh host, until we end, and tries at once every node that waits for it. */
  enterSecret(wanted: WantedSecret, typed: Secret): void {
    this.#typed.enter(wanted, typed);
    this.#tunnels.retry(wanted);
    this.#resumeAll((error) => error.wantedSecret?.name === wanted.name);
  }

  #resumeAll(failedSo: (error: NodeError) => boolean): void {
    for (const node of this.#nodes.values())
      if (node.health.error && failedSo(node.health.error)) node.retry();
  }

  /** Calls `listener` for every event from now on; the returned function ends that. */
  on(listener: (event: NodeEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Takes no more questions, lets those in flight finish for `drainMs`, cancels the rest and closes everything. */
  async stop(drainMs: number): Promise<void> {
    const connections = [...this.#nodes.values()];
    this.#nodes.clear();
    await Promise.all(connections.map((connection) => connection.close(drainMs)));
  }

  #emit(event: NodeEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

function unknownNode(node: string): NodeError {
  return nodeError("other", `there is no node named "${node}"`);
}
