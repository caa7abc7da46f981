import { alwaysQuoted, quoteIdentifier, schemaMark } from "./identifier.ts";
import { type NodeError, nodeError } from "./node-error.ts";
import type { ServerFacts } from "./server.ts";

/** An extension whose relations are read, in the schema of its name. Those of another major version are others. */
type OfMajor = { readonly name: string; readonly major: number };

/** An extension in whatever schema. Its version tells what it has: after an upgrade of the server it is the old one. */
export type AnySchema = {
  readonly name: string;
  /** Statements by the lowest version of the extension that they fit; {@link schemaMark} stands for its schema. */
  readonly sql: Readonly<Record<string, string>>;
  /** Its functions and relations that are read, without their schema. One that its version lacks is not missed. */
  readonly reads: readonly string[];
  /** A setting of its library, for one that answers only where the server was started with that. */
  readonly librarySetting?: string;
};

export type NeededExtension = OfMajor | AnySchema;

export const isAnySchema = (needed: NeededExtension): needed is AnySchema => "sql" in needed;

/** What is asked in a database before what names relations of an extension, which cannot be parsed where there are none. */
type Asked = { readonly name: string; readonly text: string; readonly values: readonly string[] };

/** $1 is the extension, $2 names relations in the schema of its name, as `{node,subscription}`. No row: it is not installed. */
const ofMajorStatement = `
select e.extversion as version,
  pg_catalog.has_schema_privilege(n.oid, 'usage') as usage,
  (select pg_catalog.string_agg(w.relname, ',') from pg_catalog.unnest($2::text[]) as w(relname)
    where not exists (
      select from pg_catalog.pg_class as c where c.relname = w.relname and c.relnamespace = n.oid)) as missing,
  (select pg_catalog.string_agg(c.relname, ',' order by c.relname)
    from pg_catalog.unnest($2::text[]) as w(relname)
    join pg_catalog.pg_class as c on c.relname = w.relname and c.relnamespace = n.oid
    where not pg_catalog.has_table_privilege(c.oid, 'select')) as unreadable
from pg_catalog.pg_extension as e
join pg_catalog.pg_namespace as n on n.oid = e.extnamespace
where e.extname = $1`;

/**
 * $1 is the extension, $2 names what is read of it, as `{a,b}`, $3 is a setting of its library, or empty. Always one row;
 * `version` is null where the extension is not installed. A setting without a library is a placeholder that anybody may
 * have made: pg_settings leaves those out.
 */
const anySchemaStatement = `
select e.extversion as version, n.oid as schema_oid, n.nspname::text as schema,
  pg_catalog.has_schema_privilege(n.oid, 'usage') as usage,
  case when $3 = '' then true
    when pg_catalog.current_setting($3, true) is null then false
    else exists (select from pg_catalog.pg_settings as s where s.name = $3) end as loaded,
  (select pg_catalog.string_agg(o.object, ', ' order by o.object) from (
    select pg_catalog.format('%I.%I(%s)', n.nspname, p.proname, pg_catalog.oidvectortypes(p.proargtypes)) as object
    from pg_catalog.pg_proc as p
    where p.pronamespace = n.oid and p.proname = any ($2::text[])
      and not pg_catalog.has_function_privilege(p.oid, 'execute')) as o) as unexecutable,
  (select pg_catalog.string_agg(o.object, ', ' order by o.object) from (
    select pg_catalog.format('%I.%I', n.nspname, c.relname) as object
    from pg_catalog.pg_class as c
    where c.relnamespace = n.oid and c.relname = any ($2::text[])
      and not pg_catalog.has_table_privilege(c.oid, 'select')) as o) as unreadable
from (select 1) as always (n)
left join (pg_catalog.pg_extension as e join pg_catalog.pg_namespace as n on n.oid = e.extnamespace)
  on e.extname = $1`;

/** The question of what a view needs; `relations` are those that it names: `pglogical.node, pg_stat_activity`. */
export function extensionQuestion(needed: NeededExtension, relations: string): Asked {
  const { name } = needed;
  if (isAnySchema(needed)) {
    const values = [name, `{${needed.reads}}`, needed.librarySetting ?? ""];
    return { name: "extension in any schema", text: anySchemaStatement, values };
  }
  const own = relations.split(", ").flatMap((one) => (one.startsWith(`${name}.`) ? one.split(".")[1] : []));
  return { name: "extension", text: ofMajorStatement, values: [name, `{${own}}`] };
}

type Answer = {
  readonly fields: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
};

/** Why an extension cannot be read, or the statement that reads it; null where that is the view's own. */
type Found =
  | { readonly state: "notApplicable"; readonly why: string; readonly isAbsent?: true }
  | { readonly state: "failed"; readonly error: NodeError }
  | {
      readonly state: "there";
      readonly text: string;
      /** Tells the statement from that for another version or schema. */
      readonly mark: string;
      /** A statement with the schema where {@link schemaMark} stands. */
      readonly inSchema: (sql: string) => string;
    }
  | null;

type Facts = Pick<ServerFacts, "user" | "inRecovery">;

const lacking = (why: string) => ({ state: "notApplicable", why }) as const;

/** What an answer to {@link extensionQuestion} means. */
export function foundExtension(needed: NeededExtension, answer: Answer, facts: Facts): Found {
  const [row] = answer.rows;
  const value = (field: string) => row?.[answer.fields.indexOf(field)] ?? null;
  return isAnySchema(needed)
    ? inAnySchema(needed, value, facts)
    : ofMajor(needed, row ? value : null, quoteIdentifier(facts.user));
}

type Value = (field: string) => string | null;

function ofMajor({ name, major }: OfMajor, value: Value | null, role: string): Found {
  if (!value) return { ...lacking(`needs the extension ${name}`), isAbsent: true };
  const version = value("version") ?? "";
  if (Number.parseInt(version, 10) !== major)
    return lacking(`needs the extension ${name} ${major}: ${version} is installed`);
  const [missing] = value("missing")?.split(",") ?? [];
  if (missing !== undefined) return lacking(`needs ${name}.${missing}, which ${name} ${version} lacks`);
  const relations = value("unreadable")
    ?.split(",")
    .map((relation) => `${name}.${relation}`);
  return ungranted(name, role, {
    schema: value("usage") === "t" ? null : name,
    functions: null,
    relations: relations?.join(", ") ?? null,
  });
}

function inAnySchema(needed: AnySchema, value: Value, { user, inRecovery }: Facts): Found {
  const { name } = needed;
  const version = value("version");
  const isLoaded = value("loaded") === "t";
  const load = isLoaded ? [] : [`add ${name} to shared_preload_libraries and restart the server`];
  const create = `CREATE EXTENSION ${name}${inRecovery ? " on the primary" : ""}`;
  if (version === null)
    return {
      ...lacking(`needs the extension ${name}: ${[...load, create].join(", then ")}`),
      isAbsent: true,
    };
  if (!isLoaded) return lacking(`the library of ${name} is not loaded: ${load[0]}`);
  const lowest = lowestFitting(needed, version);
  const oldest = Object.keys(needed.sql).toSorted((a, b) => ordinal(a) - ordinal(b))[0];
  if (lowest === null)
    return lacking(
      `needs ${name} ${oldest}: ${version} is installed, see ALTER EXTENSION ${quoteIdentifier(name)} UPDATE`,
    );
  const [schema, role] = [value("schema") ?? "", quoteIdentifier(user)];
  const denied = ungranted(name, role, {
    schema: value("usage") === "t" ? null : schema,
    functions: value("unexecutable"),
    relations: value("unreadable"),
  });
  if (denied) return denied;
  const inSchema = (sql: string) => sql.replaceAll(schemaMark, () => alwaysQuoted(schema));
  const text = inSchema(needed.sql[lowest] ?? "");
  // A name has one statement in a session, and the extension may be updated or moved meanwhile.
  return { state: "there", text, mark: `${lowest} ${value("schema_oid")}`, inSchema };
}

/** The key of the statement for a version; null where the version is older than all, or none that can be compared. */
export function lowestFitting({ sql }: Pick<AnySchema, "sql">, version: string): string | null {
  const fitting = Object.keys(sql).filter((lowest) => ordinal(lowest) <= ordinal(version));
  return fitting.toSorted((a, b) => ordinal(b) - ordinal(a))[0] ?? null;
}

/** 1.10 is newer than 1.9. */
function ordinal(version: string): number {
  const [, first = "", second = "0"] = /^(\d{1,4})(?:\.(\d{1,4}))?/.exec(version) ?? [];
  return first === "" ? Number.NaN : Number(first) * 10_000 + Number(second);
}

/** What a role may not use, as SQL names it, but for the schema; null for nothing. */
type Denied = Readonly<Record<"schema" | "functions" | "relations", string | null>>;

/** Names what is missing, and nothing that the role has. */
function ungranted(extension: string, role: string, { schema, functions, relations }: Denied): Found {
  const lacks = [
    schema === null ? [] : [[`schema ${schema}`, `USAGE ON SCHEMA ${quoteIdentifier(schema)}`]],
    functions === null ? [] : [[`functions of ${extension}`, `EXECUTE ON FUNCTION ${functions}`]],
    relations === null ? [] : [[`relations of ${extension}`, `SELECT ON ${relations}`]],
  ].flat();
  if (lacks.length === 0) return null;
  const error = nodeError("privilege", `permission denied for ${lacks.map(([what]) => what).join(" and ")}`);
  const grants = lacks.map(([, right]) => `GRANT ${right} TO ${role}`);
  return { state: "failed", error: { ...error, sqlstate: "42501", detail: grants.join("; ") } };
}
