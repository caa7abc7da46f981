import { isSamePlace } from "../store/history.ts";
import { subjectHere, viewHere } from "../store/on-screen.ts";
import { open, type Place, type Scope, type ScreenState, withSpot } from "../store/screen.ts";
import { shown } from "../store/selectors.ts";
import { type State, updateScreen } from "../store/store.ts";
import { rowNow } from "../store/table.ts";
import { allViews, offeredViews, views } from "../views/all.ts";
import { activity } from "../views/backends/activity.ts";
import { lockKey, locks } from "../views/backends/locks.ts";
import { idText } from "../views/row-id.ts";
import { alerts } from "../views/server/alerts.ts";
import { events } from "../views/server/events.ts";
import type { Row, View } from "../views/view.ts";
import type { Command } from "./command.ts";
import { explainsHere } from "./row/explain.ts";
import { showView } from "./tabs.ts";
import { unwatchedHere } from "./unwatched.ts";

/** What opens a view: a key for those that are opened often, and other names that `:` finds it by. */
type Quick = {
  readonly key?: string;
  readonly rank?: number;
  readonly aliases: readonly string[];
  /** What people call what it is about: `:` lists it below what is called so. */
  readonly words?: readonly string[];
  /** Its key shows it of all nodes, whatever the cursor is on. */
  readonly ofAll?: true;
  /** Its key means something else there. */
  readonly unless?: (state: State) => boolean;
  /** The line that the cursor goes to, if it is there. */
  readonly cursor?: (state: State) => string | null;
};

/** The line of the lock tree that the session under the cursor has if it waits or blocks; null for no session. */
function lineInTree(state: State): string | null {
  const { row: id } = subjectHere(state);
  const row = id && rowNow(shown(state), id);
  const key = row && (id.view === alerts.name ? keyOfAlert(row) : lockKey(row));
  return id && key !== null ? idText({ node: id.node, view: locks.name, key }) : null;
}

/** Views whose lines tell of nodes, over all of them: from a line one goes on to its node. */
const told: ReadonlySet<string> = new Set([alerts.name, events.name]);

/** The node that the line under the cursor tells of; null in views of something else. */
function nodeTold(state: State): string | null {
  return told.has(viewHere(state) ?? "") ? subjectHere(state).node : null;
}

/** The session that the alert under the cursor is about, among the sessions of its node; null for none. */
function lineOfSession(state: State): string | null {
  const { row: id } = subjectHere(state);
  const row = id?.view === alerts.name ? rowNow(shown(state), id) : null;
  const { view, key } = row ?? {};
  return id && view === activity.name && typeof key === "string"
    ? idText({ node: id.node, view, key })
    : null;
}

/** What an alert's session has for a key in the lock tree. */
function keyOfAlert({ view, key }: Row): string | null {
  if (typeof key !== "string") return null;
  if (view === locks.name) return key;
  const [pid, backend_start_text, gid] = view === activity.name ? key.split("\u0000") : [];
  if (gid !== undefined && gid !== "null") return lockKey({ gid });
  return pid === undefined ? null : lockKey({ pid: Number(pid), backend_start_text });
}

const quick: Readonly<Record<string, Quick>> = {
  fleet: { aliases: ["nodes", "home"], words: ["certificates", "ssl", "tls", "versions"] },
  alerts: { key: "!", rank: 1.9, ofAll: true, aliases: ["al", "problems"] },
  events: {
    ...{ key: "E", aliases: ["ev", "timeline"], words: ["failover", "history", "promotion"] },
    unless: explainsHere,
  },
  activity: {
    ...{ key: "a", rank: 2, aliases: ["act", "sessions", "backends"], cursor: lineOfSession },
    words: ["slow queries", "long running", "transactions", "idle", "waiting", "kill", "cancel", "users"],
    unless: (state) => unwatchedHere(state) !== null,
  },
  locks: {
    ...{ key: "L", rank: 2.1, aliases: ["lo", "blockers", "blocked"], cursor: lineInTree },
    words: ["blocking", "who blocks", "waiting", "deadlocks", "queue", "kill"],
  },
  waits: {
    aliases: ["ash", "wait"],
    words: ["wait events", "active sessions", "load", "cpu", "io", "bottleneck", "top sessions"],
  },
  wait_statements: { aliases: [], words: ["load", "wait events", "top queries"] },
  wait_users: { aliases: [], words: ["load", "wait events"] },
  wait_databases: { aliases: [], words: ["load", "wait events"] },
  replication: {
    ...{ key: "S", aliases: ["repl", "standbys", "lag"] },
    words: ["synchronous", "backup", "receivers"],
  },
  topology: {
    aliases: ["topo", "tree"],
    words: ["cascade", "standbys", "receivers", "synchronous", "logical replication"],
  },
  slots: { aliases: [], words: ["disk", "logical replication"] },
  wal: { aliases: [], words: ["disk", "fsync", "full page writes"] },
  subscriptions: { aliases: ["sub", "subs"], words: ["logical replication"] },
  publications: { aliases: ["pub", "pubs"], words: ["logical replication"] },
  archiver: { aliases: ["archiving", "archive"], words: ["backup", "disk"] },
  pglogical_subscriptions: { aliases: ["pglogical", "pgl"] },
  horizon: { aliases: ["xmin"], words: ["vacuum", "bloat", "dead rows", "prepared", "2pc"] },
  patroni_history: { aliases: ["failovers"] },
  databases: {
    ...{ key: "b", aliases: ["db", "dbs", "wraparound"] },
    words: ["sizes", "cache hit", "temp files", "freeze"],
  },
  tables: {
    ...{ key: "B", aliases: ["ta", "tbl", "relations"] },
    words: ["sizes", "bloat", "dead tuples", "autovacuum", "freeze", "wraparound"],
  },
  io: { aliases: [], words: ["reads", "writes", "disk", "storage", "cache hit", "fsync"] },
  checkpoints: { aliases: ["ckpt", "checkpointer"], words: ["restartpoints", "crash recovery", "redo"] },
  bgwriter: { aliases: [], words: ["dirty buffers", "shared buffers", "backend writes"] },
  buffers: {
    aliases: ["buffercache"],
    words: ["shared_buffers", "cache", "dirty buffers", "pg_buffercache"],
  },
  database_sizes: { aliases: ["dbsizes"], words: ["disk", "sizes"] },
  database_sessions: {
    aliases: [],
    words: ["logins", "parallel workers", "terminated", "idle in transaction"],
  },
  slru: { aliases: [], words: ["multixact", "subtransactions", "commit log"] },
  indexes: {
    aliases: ["idx", "indices"],
    words: ["invalid", "duplicate", "redundant", "not ready", "reindex", "sizes"],
  },
  statements_across: {
    aliases: ["across"],
    words: ["same statement on all nodes", "query id", "compare nodes"],
  },
  statements: {
    aliases: ["st", "pgss", "queries"],
    words: [
      "pg_stat_statements",
      "slow queries",
      "top queries",
      "query time",
      "explain",
      "plans",
      "temp files",
      "jit",
    ],
  },
  temp_files: { aliases: ["temp"], words: ["work_mem", "sorts", "disk", "spill"] },
  shared_memory: { aliases: ["shmem"], words: ["shared_buffers", "huge pages", "memory"] },
  aio: { aliases: ["aios"], words: ["asynchronous", "io_uring", "io workers"] },
  tablespaces: { aliases: ["ts"], words: ["sizes", "disk", "location"] },
  bloat: { aliases: ["waste"], words: ["wasted space", "estimate", "pgstattuple", "fillfactor", "reindex"] },
  unused_indexes: { aliases: ["unused"], words: ["needless", "never scanned"] },
  sequences: {
    aliases: ["seq", "seqs"],
    words: ["exhausted", "serial", "identity", "overflow", "int4", "full"],
  },
  foreign_keys: {
    aliases: ["fk", "fks"],
    words: ["missing index", "unindexed", "constraints", "slow delete"],
  },
  triggers: {
    aliases: ["trig"],
    words: ["disabled", "rules", "replica", "always", "constraints", "event triggers"],
  },
  log: {
    aliases: ["logs", "tail"],
    words: ["errors", "deadlocks", "messages", "crash", "failed logins"],
  },
  progress: {
    aliases: ["prog"],
    words: [
      ...["vacuum", "autovacuum", "analyze", "create index", "reindex", "cluster", "base backup", "copy"],
      ...["eta", "stalled"],
    ],
  },
  vacuum: {
    aliases: ["vac"],
    words: [
      ...["autovacuum", "analyze", "thresholds", "due", "dead tuples", "toast"],
      ...["hot updates", "freeze", "wraparound"],
    ],
  },
  autovacuum_workers: {
    aliases: ["autovacuum", "av"],
    words: ["vacuum", "workers", "cost delay", "cost limit", "wraparound", "launcher"],
  },
  restart: { aliases: [], words: ["settings", "configuration"] },
  drift: {
    aliases: ["differences", "diff"],
    words: ["compare settings", "versions", "odd node", "configuration drift"],
  },
  config_files: {
    aliases: ["files", "file_settings"],
    words: ["postgresql.conf", "postgresql.auto.conf", "configuration errors", "alter system"],
  },
  hba: { aliases: ["pg_hba"], words: ["pg_hba.conf", "authentication", "trust", "login rules"] },
  extensions: { aliases: ["ext"], words: ["create extension", "update extension", "available extensions"] },
  roles: { aliases: ["ro", "users"], words: ["superusers", "members", "password expiry", "valid until"] },
  settings: {
    aliases: ["set", "guc", "parameters"],
    words: ["configuration", "postgresql.conf", "pg_settings"],
  },
};

/** What people call what a view is about, where it does not say so itself. */
export const wordsOf = (view: string): readonly string[] => quick[view]?.words ?? [];

/** All of these names. */
export const viewAliases: readonly string[] = Object.values(quick).flatMap(({ aliases }) => aliases);

/** A view by its name or one of its other names, or by what no other name begins with; undefined where there is none. */
export function viewCalled(word: string): View | undefined {
  const wanted = word.toLowerCase();
  const exact = allViews().find(({ name }) => name === wanted || quick[name]?.aliases.includes(wanted));
  if (exact || wanted === "") return exact;
  const [only, another] = offeredViews().filter(({ name }) => name.startsWith(wanted));
  return another ? undefined : only;
}

/** What a user presses or types for a view: of all nodes, or of the node on screen. */
export function wayTo(view: string, ofAll: boolean): string {
  const { key, ofAll: isAlways = false } = quick[view] ?? {};
  if (key !== undefined && (isAlways || !ofAll)) return key;
  return ofAll ? `:${view} all` : `:${view}`;
}

/** One step deeper, or back to that place where the way here led through it. */
function openOnce(screen: ScreenState, place: Place): ScreenState {
  const [first, ...rest] = screen.stack;
  const at = rest.findIndex((spot) => isSamePlace(spot.place, place));
  return at < 0 ? open(screen, place) : { ...screen, stack: [first, ...rest.slice(0, at + 1)] };
}

/** The keys of views. Each opens its view for what the cursor is on: a node, a cluster, or what the screen shows. */
export const viewKeys: readonly Command[] = views.flatMap(({ name, title }): Command[] => {
  const { key, rank, ofAll, cursor, unless } = quick[name] ?? {};
  if (key === undefined) return [];
  return [
    {
      name,
      title: `${title} ${ofAll ? "of all nodes" : "under the cursor"}`,
      keys: [key],
      section: "view",
      ...(rank === undefined ? {} : { footer: { title: name, rank } }),
      when: (state) => viewHere(state) !== name && !unless?.(state),
      run: ({ store }) => {
        const state = store.getState();
        const line = cursor?.(state) ?? null;
        const node = told.has(name) ? null : nodeTold(state);
        const scope: Scope = ofAll ? { kind: "all" } : subjectHere(state).scope;
        // From an alert to its node is a step deeper, which Esc takes back; so are the alerts of all nodes from anywhere.
        if (ofAll) updateScreen(store, (screen) => openOnce(screen, { kind: "view", view: name, scope }));
        else if (node === null) showView(store, name, scope);
        else
          updateScreen(store, (screen) =>
            open(screen, { kind: "view", view: name, scope: { kind: "node", node } }),
          );
        if (line !== null) updateScreen(store, (screen) => withSpot(screen, { cursor: line }));
      },
    },
  ];
});
