import { quoteIdentifier } from "./identifier.ts";
import { type NodeError, nodeError } from "./node-error.ts";
import { type ServerFacts, showsToMembers, valuesOf } from "./server.ts";

/** What a role may see and do there, and what it lacks for all that pgparade can show. */
export type ServerRights = {
  /** Member of pg_monitor, as superusers are of every role. */
  readonly monitor: boolean;
  /** Client backends of all databases, our own among them. */
  readonly connections: number;
  readonly missing: readonly Missing[];
};

/** Something that is not there, what goes unseen without it, and the way to get it. */
export type Missing = { readonly what: string; readonly without: string; readonly fix: string };

/** Asked once in a test of a connection; any role may ask it, on primary and standby, from 10. */
export const rightsStatement = `
select
  pg_catalog.pg_has_role('pg_monitor', ${showsToMembers}) as monitor,
  pg_catalog.current_setting('pg_stat_statements.max', true) is not null as statements_loaded,
  pg_catalog.quote_ident(current_user) as role,
  (select pg_catalog.count(*) from pg_catalog.pg_stat_activity as a
    where coalesce(a.backend_type = 'client backend', a.datid is not null)) as connections`;

type Row = { readonly fields: readonly string[]; readonly rows: readonly (readonly (string | null)[])[] };

/** Rights from the answer to {@link rightsStatement}. Throws a RangeError for one that no server gives. */
export function readRights({ fields, rows }: Row, facts: ServerFacts): ServerRights {
  const row = Object.fromEntries(fields.map((field, at) => [field, rows[0]?.[at] ?? null]));
  const { text, number, bool } = valuesOf(row);
  const grant = (role: string) => `GRANT ${role} TO ${text("role")}`;
  const missing: Missing[] = [];
  if (!facts.readsAllStats)
    missing.push({ what: "pg_read_all_stats", without: "what other roles run", fix: grant("pg_monitor") });
  if (!facts.readsAllSettings)
    missing.push({ what: "pg_read_all_settings", without: "some settings", fix: grant("pg_monitor") });
  if (!facts.signalsBackends)
    missing.push({
      what: "pg_signal_backend",
      without: "ending what other roles run",
      fix: grant("pg_signal_backend"),
    });
  if (!facts.extensions.has("pg_stat_statements"))
    missing.push({
      what: "pg_stat_statements",
      without: "statements and their times",
      fix: bool("statements_loaded")
        ? "CREATE EXTENSION pg_stat_statements"
        : "add it to shared_preload_libraries, restart, CREATE EXTENSION pg_stat_statements",
    });
  return {
    monitor: bool("monitor"),
    connections: number("connections"),
    missing,
  };
}

/**
 * What a role must be allowed to for a statement that the server refuses as a whole otherwise: functions as regprocedure
 * prints them, `pg_catalog.pg_hba_file_rules()`, and relations with their schema.
 */
export type NeededRights = {
  readonly functions: readonly string[];
  readonly relations?: readonly string[];
  /** The server_version_num below which a function of these looks for a superuser itself: no GRANT helps there. */
  readonly superusersBelow?: number;
};

/** The refusal of a server where no GRANT helps; null where one does, or none is needed. */
export function onlyForSuperusers(
  { superusersBelow = 0 }: NeededRights,
  { versionNum, superuser }: Pick<ServerFacts, "versionNum" | "superuser">,
): NodeError | null {
  if (superuser || versionNum >= superusersBelow) return null;
  const why = `only superusers may read it before PostgreSQL ${Math.floor(superusersBelow / 10_000)}`;
  return { ...nodeError("privilege", why), sqlstate: "42501" };
}

/** Of the functions $1 and the relations $2 those that there are on this server, and that the role may not use. */
export const neededRightsStatement = `
select pg_catalog.concat('EXECUTE ON FUNCTION ', f.name) as lacks
from pg_catalog.unnest($1::text[]) as f(name)
where pg_catalog.has_function_privilege(pg_catalog.to_regprocedure(f.name)::oid, 'execute') is false
union all
select pg_catalog.concat('SELECT ON ', r.name)
from pg_catalog.unnest($2::text[]) as r(name)
where pg_catalog.has_table_privilege(pg_catalog.to_regclass(r.name)::oid, 'select') is false`;

/**
 * The same for a statement that was refused, of the system's functions $1 and relations $2 that it names: of some, such as
 * pg_subscription with its passwords, everybody may read a part, and no more is needed.
 */
export const unusableStatement = `
select pg_catalog.concat('EXECUTE ON FUNCTION pg_catalog.', p.oid::pg_catalog.regprocedure) as lacks
from pg_catalog.pg_proc as p
where p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace and p.proname = any ($1::name[])
  and pg_catalog.has_function_privilege(p.oid, 'execute') is false
union all
select pg_catalog.concat('SELECT ON pg_catalog.', r.name)
from pg_catalog.unnest($2::text[]) as r(name)
where pg_catalog.has_any_column_privilege(pg_catalog.to_regclass('pg_catalog.' || r.name)::oid, 'select') is false`;

/**
 * The values of {@link unusableStatement} by the text of the statement, which names all of them with their schema. A
 * function whose right it looks at itself, by its name in a string, it can do without.
 */
export function unusableValues(sql: string): readonly string[] {
  const optional = new Set([...sql.matchAll(/'pg_catalog\.(\w+)\(/g)].map(([, name]) => name));
  const found = [...sql.matchAll(/\bpg_catalog\.(\w+)(\()?/g)];
  const named = (isFunction: boolean) =>
    new Set(found.flatMap(([, name = "", call]) => ((call !== undefined) === isFunction ? [name] : [])));
  const functions = [...named(true)].filter((name) => !optional.has(name));
  return [functions, [...named(false)]].map((names) => `{${names.join(",")}}`);
}

/** The values of {@link neededRightsStatement}. */
export const neededRightsValues = ({ functions, relations = [] }: NeededRights): readonly string[] =>
  [functions, relations].map((names) => `{${names.map((name) => JSON.stringify(name))}}`);

/**
 * The refusal, with the GRANT of each right, by an answer to {@link neededRightsStatement} or {@link unusableStatement};
 * null where nothing lacks.
 */
export function lackOfRights(
  { rows }: { readonly rows: readonly (readonly (string | null)[])[] },
  { user }: Pick<ServerFacts, "user">,
): NodeError | null {
  if (rows.length === 0) return null;
  const grants = rows.map(([right]) => `GRANT ${right} TO ${quoteIdentifier(user)}`);
  const lacks = rows.map(([right]) => shortName(right ?? ""));
  const error = nodeError("privilege", `permission denied for ${lacks.join(", ")}`);
  return { ...error, sqlstate: "42501", detail: grants.join("; ") };
}

/** `pg_hba_file_rules()` of `EXECUTE ON FUNCTION pg_catalog.pg_hba_file_rules()`. */
const shortName = (right: string) =>
  right.replace(/^.* ON (FUNCTION )?(pg_catalog\.)?/, "").replace(/\(.+\)$/, "()");
