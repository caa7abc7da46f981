import { safeName } from "../text/text.ts";
import { quoteIdentifier } from "./identifier.ts";

/** How the session is encrypted, as the client sees it; null when it is not. */
export type TlsState = {
  /** As the runtime names it, "TLSv1.3". */
  readonly protocol: string;
  readonly verified: boolean;
  /** The end of the server's certificate in milliseconds since 1970. */
  readonly expiresAtMs: number | null;
};

/** How a session is encrypted, in words. */
export function printTls(tls: Pick<TlsState, "protocol" | "verified"> | null): string {
  if (!tls) return "not encrypted";
  return tls.verified ? `${tls.protocol.replace(/^TLSv/, "TLS ")} verified` : "TLS not verified";
}

/** What is true of one server from one connect to the next; role and timeline follow a promotion at once. */
export type ServerFacts = {
  /** As the server prints it, "17.2 (Debian 17.2-1)" included. */
  readonly version: string;
  readonly versionNum: number;
  readonly inRecovery: boolean;
  /** Tells clusters apart (pg_control_system); null when the role may not read it. */
  readonly systemIdentifier: string | null;
  readonly timeline: number | null;
  /** The control file tells the timeline of a standby, which may have gone on to a newer one since its last restartpoint. */
  readonly timelineAtLeast?: boolean;
  /** How far a standby had come when its timeline was told. */
  readonly timelineUpTo?: bigint | null;
  /**
   * Milliseconds since 1970 of the server's clock (pg_postmaster_start_time), to the microsecond: standbys that were started
   * together are told apart by it.
   */
  readonly startedAtMs: number;
  readonly database: string;
  /** Others copy it (datistemplate), which they cannot while we are in it. */
  readonly isTemplate: boolean;
  /** At the login another role had sessions in it. */
  readonly isShared: boolean;
  /** The role whose rights count: current_user. */
  readonly user: string;
  /** The role that logged in; another than `user` where `ALTER ROLE … SET role` or `options` change it. */
  readonly sessionUser: string;
  readonly superuser: boolean;
  /** pg_read_all_stats, which pg_monitor includes: may see other roles' sessions. */
  readonly readsAllStats: boolean;
  /** pg_read_all_settings, which pg_monitor includes: may see settings that are for superusers only. */
  readonly readsAllSettings: boolean;
  /** pg_signal_backend: may cancel and terminate other roles' sessions. */
  readonly signalsBackends: boolean;
  readonly maxConnections: number;
  /** Of these, slots that ordinary roles cannot take: superuser_reserved_connections and, from 16, reserved_connections. */
  readonly reservedConnections: number;
  /** Its address as our session came to it (inet_server_addr), behind what forwards us; null on a Unix socket. */
  readonly ownHost: string | null;
  /** The port that it listens at, whatever port leads us there. */
  readonly ownPort: number;
  /** Name to version and schema of the extensions in this database. */
  readonly extensions: ReadonlyMap<string, { readonly version: string; readonly schema: string }>;
  readonly tls: TlsState | null;
  /** Something such as PgBouncer hands our transactions to backends of its choice. */
  readonly throughPooler: boolean;
};

/** What a pulse tells of them; `timeline` is null for a standby without a WAL receiver that our role sees. */
export type SeenRole = {
  readonly inRecovery: boolean;
  readonly timeline: number | null;
  readonly upTo: bigint | null;
  /** It has replayed more than it received last, so that this came from an archive. */
  readonly restores: boolean;
};

/**
 * The facts after a pulse. A standby that restores without a receiver may have come to a newer timeline meanwhile; the last
 * that a receiver got before it ended is of the timeline that it told.
 */
export function withRole(
  facts: ServerFacts,
  { inRecovery, timeline, upTo, restores }: SeenRole,
): ServerFacts {
  const { timelineAtLeast = false, timelineUpTo = null } = facts;
  const isTold = timeline !== null;
  const isPassed = restores && upTo !== null && timelineUpTo !== null && upTo > timelineUpTo;
  const now = {
    inRecovery,
    timeline: timeline ?? facts.timeline,
    timelineAtLeast: !isTold && (timelineAtLeast || isPassed),
    timelineUpTo: isTold ? upTo : (timelineUpTo ?? upTo),
  };
  const isRoleSame = inRecovery === facts.inRecovery && now.timeline === facts.timeline;
  const isSame = isRoleSame && now.timelineAtLeast === timelineAtLeast && now.timelineUpTo === timelineUpTo;
  return isSame ? facts : { ...facts, ...now };
}

type Timeline = Pick<ServerFacts, "timeline" | "timelineAtLeast">;

/** Whether two servers are on different timelines; null where that is not known. */
export function isOnOther(a: Timeline, b: Timeline): boolean | null {
  if (a.timeline === null || b.timeline === null) return null;
  const [older, newer] = a.timeline < b.timeline ? [a, b] : [b, a];
  if (older.timeline === newer.timeline) return false;
  return older.timelineAtLeast === true ? null : true;
}

/** The statement that lets the role see all sessions; with the login where that one takes another role's rights. */
export function grantMonitor({ user, sessionUser }: Pick<ServerFacts, "user" | "sessionUser">): string {
  const grant = `GRANT pg_monitor TO ${quoteIdentifier(user)}`;
  return user === sessionUser ? grant : `${grant} (${quoteIdentifier(sessionUser)} runs as it)`;
}

/**
 * The kind of membership by which PostgreSQL shows statistics and settings: until 14 any, so that a role with NOINHERIT
 * sees them too, from 15 an inherited one (has_privs_of_role). Rights to signal were always inherited.
 */
export const showsToMembers = `case when pg_catalog.current_setting('server_version_num')::int4 < 150000
  then 'member' else 'usage' end`;

/** Asked once on every connect: settings and rights that any role may read, on primary and standby, from 10. */
export const factsStatement = `
select
  pg_catalog.current_setting('server_version') as version,
  pg_catalog.current_setting('server_version_num') as version_num,
  pg_catalog.pg_backend_pid() as backend_pid,
  pg_catalog.pg_is_in_recovery() as in_recovery,
  (pg_catalog.date_part('epoch', pg_catalog.pg_postmaster_start_time()) * 1000000)::int8 as started_at_us,
  pg_catalog.current_database() as database,
  (select d.datistemplate from pg_catalog.pg_database as d
    where d.datname = pg_catalog.current_database()) as is_template,
  exists (select from pg_catalog.pg_stat_activity as a
    where a.datname = pg_catalog.current_database() and a.usename <> session_user) as is_shared,
  current_user as user,
  session_user as login,
  pg_catalog.current_setting('is_superuser') = 'on' as superuser,
  pg_catalog.pg_has_role('pg_read_all_stats', ${showsToMembers}) as reads_all_stats,
  pg_catalog.pg_has_role('pg_read_all_settings', ${showsToMembers}) as reads_all_settings,
  pg_catalog.pg_has_role('pg_signal_backend', 'usage') as signals_backends,
  pg_catalog.current_setting('max_connections') as max_connections,
  pg_catalog.current_setting('superuser_reserved_connections')::int4
    + coalesce(pg_catalog.current_setting('reserved_connections', true)::int4, 0) as reserved_connections,
  pg_catalog.host(pg_catalog.inet_server_addr()) as own_host,
  pg_catalog.current_setting('port') as own_port,
  (select pg_catalog.json_object_agg(e.extname,
            pg_catalog.json_build_object('version', e.extversion, 'schema', n.nspname))
     from pg_catalog.pg_extension as e
     join pg_catalog.pg_namespace as n on n.oid = e.extnamespace) as extensions`;

/**
 * The facts with the control file's identity, which some managed services withhold: the statement fails there.
 * Without a WAL receiver that our role sees, a standby's timeline is at least that of its control file, which moves at a
 * restartpoint; where the role may list pg_wal, {@link walTimeline} tells it.
 */
export const factsWithIdentity = `
select facts.*,
  (select system_identifier from pg_catalog.pg_control_system()) as system_identifier,
  coalesce(receiver.received_tli, greatest((select timeline_id from pg_catalog.pg_control_checkpoint()),
    (select min_recovery_end_timeline from pg_catalog.pg_control_recovery()))) as timeline,
  facts.in_recovery and receiver.received_tli is null as timeline_at_least,
  pg_catalog.has_function_privilege('pg_catalog.pg_ls_waldir()', 'execute') as lists_wal
from (${factsStatement}) as facts
left join pg_catalog.pg_stat_wal_receiver as receiver on true`;

/** The newest timeline of which a standby has WAL: it writes what it receives, and keeps what it restores. */
export const walTimeline = `
select pg_catalog.max(('x' || pg_catalog.substr(w.name, 1, 8))::bit(32)::int4) as timeline
from pg_catalog.pg_ls_waldir() as w where w.name ~ '^[0-9A-F]{24}$'`;

/** Of ECMAScript's time, and larger than whatever else a server counts of itself. */
const lastMomentMs = 8.64e15;

type RawRow = Readonly<Record<string, string | null>>;

/**
 * Facts from the row of {@link factsWithIdentity}, or of {@link factsStatement} where that is refused. `pid` is the
 * backend's as the protocol gave it at the login (BackendKeyData): a pooler makes up its own. Throws a RangeError or a
 * SyntaxError for a row that no server gives: one without a value that every role may see, or with an impossible one.
 */
export function readFacts(facts: RawRow, tls: TlsState | null, pid: number | null): ServerFacts {
  const { text, number, bool } = valuesOf(facts);
  const superuser = bool("superuser");
  return {
    version: text("version"),
    versionNum: number("version_num"),
    inRecovery: bool("in_recovery"),
    systemIdentifier: facts["system_identifier"] ?? null,
    timeline: facts["timeline"] ? number("timeline") : null,
    ...(facts["timeline_at_least"] === "t" && { timelineAtLeast: true }),
    startedAtMs: number("started_at_us") / 1000,
    database: text("database"),
    isTemplate: bool("is_template"),
    isShared: bool("is_shared"),
    user: text("user"),
    sessionUser: text("login"),
    superuser,
    readsAllStats: bool("reads_all_stats") || superuser,
    readsAllSettings: bool("reads_all_settings") || superuser,
    signalsBackends: bool("signals_backends") || superuser,
    maxConnections: number("max_connections"),
    reservedConnections: number("reserved_connections"),
    ownHost: facts["own_host"] ?? null,
    ownPort: number("own_port"),
    extensions: readExtensions(facts["extensions"] ?? null),
    tls,
    throughPooler: number("backend_pid") !== pid,
  };
}

/** There is none in a database that dropped plpgsql. */
function readExtensions(json: string | null): ServerFacts["extensions"] {
  const parsed: unknown = JSON.parse(json ?? "{}");
  const isText = (value: unknown) => typeof value === "string";
  const entries = Object.entries(parsed as Record<string, { version: string; schema: string }>);
  if (!entries.every(([, one]) => isText(one?.version) && isText(one?.schema)))
    throw new RangeError("extensions are not as asked");
  return new Map(entries);
}

/** Readers of the values of one row; each throws a RangeError for a value that is missing or of another kind. */
export function valuesOf(row: RawRow) {
  const text = (name: string): string => {
    const value = row[name];
    if (!value) throw new RangeError(`${name} is missing`);
    return value;
  };
  return {
    text,
    number: (name: string): number => {
      const value = /^\d+$/.test(text(name)) ? Number(row[name]) : Number.NaN;
      if (!(value <= lastMomentMs)) throw new RangeError(`${name} is no number that a server has`);
      return value;
    },
    bool: (name: string): boolean => {
      if (text(name) !== "t" && row[name] !== "f") throw new RangeError(`${name} is neither true nor false`);
      return row[name] === "t";
    },
  };
}

/** What CREATE DATABASE copies unless told otherwise, and what can be copied in any encoding. */
const usual: readonly string[] = ["template0", "template1"];

/** True for a database that is a template on every server, known without asking. */
export function isTemplateName(database: string): boolean {
  return usual.includes(database);
}

/**
 * What a session that stays in a template does to others: the server copies and drops only a database without sessions
 * (55006, "is being accessed by other users").
 */
export function templateHarm(database: string): string {
  return `our sessions in the template ${safeName(database)} make CREATE DATABASE fail: use the database postgres`;
}

/** True where our sessions make CREATE DATABASE fail. A standby's do not: replay ends them. */
export function holdsTemplate({ isTemplate, inRecovery }: ServerFacts): boolean {
  return isTemplate && !inRecovery;
}

/** What our sessions do to others in the database that we are in; null where that is nothing. */
export function databaseHarm(facts: ServerFacts): string | null {
  const { database, isShared, inRecovery } = facts;
  if (holdsTemplate(facts)) return templateHarm(database);
  if (inRecovery || !isShared || database === "postgres") return null;
  return `our sessions in ${database}, which others use, make DROP DATABASE fail: use the database postgres`;
}

/** Processes that belong to the server and not to a session: it does not run without them, or starts them anew at once. */
export const serverProcesses: readonly string[] = [
  "archiver",
  "autovacuum launcher",
  "background writer",
  "checkpointer",
  "io worker",
  "logical replication launcher",
  "slotsync worker",
  "startup",
  "walreceiver",
  "walsummarizer",
  "walwriter",
];

/** The startup process of a standby; it takes the locks that the primary's transactions took. */
export const replayProcess = "startup";
