import { quoteIdentifier, schemaMark } from "../../postgres/identifier.ts";
import type { TextSource } from "../../store/actions/explain.ts";
import { statementParameters, statementSql } from "../../views/backends/session.ts";
import { wholeTextSql } from "../../views/statements/statement-sql.ts";
import type { Statement } from "../session/session.ts";

/** Whether the role may log in to a database, and from how many bytes on the server cuts statements of sessions. */
export function mayLoginStatement(database: string): Statement {
  return {
    name: "explain-where",
    text: `
select d.datallowconn, pg_catalog.has_database_privilege(d.oid, 'connect'), s.setting::int4
from pg_catalog.pg_settings as s
left join pg_catalog.pg_database as d on d.datname = $1
where s.name = 'track_activity_query_size'`,
    values: [database],
  };
}

/** The whole text of a statement and how many bytes the server has of it; no row where it is gone. */
export function textStatement(
  source: Exclude<TextSource, { readonly kind: "sample" }>,
  schema: string | null,
): Statement {
  if (source.kind === "session")
    return {
      name: "explain-text",
      text: `
select ${statementSql}, pg_catalog.octet_length(a.query)
from pg_catalog.pg_stat_get_activity($4::int4) as a
left join pg_catalog.pg_database as d on d.oid = a.datid
where a.backend_start = $5::timestamptz`,
      values: [...statementParameters(true), String(source.pid), source.backendStart],
    };
  const { queryid, dbid, userid } = source;
  return {
    name: "explain-statement-text",
    text: wholeTextSql.replaceAll(schemaMark, quoteIdentifier(schema ?? "public")),
    values: [queryid, String(dbid), String(userid)],
  };
}

/**
 * Whose rights we have, and the settings that a session of role $1 gets in this database when it logs in, by where they come
 * from: 1 the role in this database, 2 the role, 3 the database, 4 all roles; the lower one counts (process_settings()). As
 * bytes: their text may be of another encoding. 5 is a schema in which everybody may create. Whether the role has all rights of
 * ours: attributes are not inherited.
 */
export function plannerStatement(role: string | null): Statement {
  return {
    name: "explain-planner",
    text: `
with own as (select o.oid, o.rolsuper, o.rolbypassrls, o.rolreplication, o.rolcreaterole, o.rolcreatedb
  from pg_catalog.pg_roles as o where o.rolname = $1)
select 0 as origin, current_user::text as said, r.rolsuper as is_superuser,
  coalesce((
    select o.rolsuper or pg_catalog.pg_has_role(o.oid, r.oid, 'usage') and not r.rolsuper
      and o.rolbypassrls >= r.rolbypassrls and o.rolreplication >= r.rolreplication
      and o.rolcreaterole >= r.rolcreaterole and o.rolcreatedb >= r.rolcreatedb
    from own as o), false) as has_ours
from pg_catalog.pg_roles as r where r.rolname = current_user
union all
select case when s.setrole <> 0 then case when s.setdatabase <> 0 then 1 else 2 end
            when s.setdatabase <> 0 then 3 else 4 end,
  pg_catalog.getdatabaseencoding()::text || ' base64:' || pg_catalog.encode(pg_catalog.textsend(c.entry), 'base64'),
  null, null
from pg_catalog.pg_db_role_setting as s
cross join lateral pg_catalog.unnest(s.setconfig) as c (entry)
where s.setrole in (select 0::oid union all select o.oid from own as o)
  and s.setdatabase in (
    select 0::oid union all
    select d.oid from pg_catalog.pg_database as d where d.datname = pg_catalog.current_database())
union all
select 5, n.nspname::text, null, null
from pg_catalog.pg_namespace as n
where exists (
  select from pg_catalog.aclexplode(n.nspacl) as a where a.grantee = 0 and a.privilege_type = 'CREATE')
order by 1`,
    values: [role ?? ""],
  };
}

/** Why names may not have been found: schemas of the path that the role may not look into, each quoted. */
export function hiddenSchemasStatement(schemas: readonly string[]): Statement {
  return {
    name: "explain-hidden",
    text: `
select pg_catalog.quote_ident(n.nspname) from pg_catalog.pg_namespace as n
where n.nspname = any ($1::text[]) and not pg_catalog.has_schema_privilege(n.oid, 'usage')
order by 1`,
    values: [`{${schemas.map((name) => JSON.stringify(name)).join(",")}}`],
  };
}

/** Whether the role may read every table. Only from 14 on there is such a right. */
export const readsAllDataStatement: Statement = {
  name: "explain-reads-all",
  text: "select pg_catalog.pg_has_role('pg_read_all_data', 'usage')",
};
