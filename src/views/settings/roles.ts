import { bool, epoch, integer, type Severity, seconds, text, texts } from "../columns.ts";
import { defineView, type Row } from "../view.ts";

/** So many roles of a server are listed. */
const most = 500;

const day = 86_400;

/** A line of pg_db_role_setting, without the value of a setting that may hold a password. */
const line = `case when pg_catalog.encode(pg_catalog.textsend(l.line), 'escape') ~*
  '^(?!password_encryption=)[^=]*(passw|secret|token|credential|conninfo|api_?key)[^=]*='
  then pg_catalog.substring(pg_catalog.encode(pg_catalog.textsend(l.line), 'escape'), '^[^=]*=') || '(hidden)'
  else l.line end`;

/**
 * pg_authid is not read: no password, and not whether there is one. Sessions count against the limit with walsenders and without
 * background workers; a role that does not see which of the others are, counts them all.
 */
const statement = `
with used as (
  select a.usesysid, pg_catalog.count(*)::int4 as sessions from pg_catalog.pg_stat_activity as a
  where a.usesysid is not null and coalesce(a.backend_type in ('client backend', 'walsender'), true)
  group by a.usesysid
)
select r.oid, r.rolname::text as rolname, r.rolcanlogin, r.rolsuper, r.rolreplication, r.rolbypassrls, r.rolcreaterole,
  r.rolcreatedb, r.rolinherit, coalesce(u.sessions, 0) as sessions,
  case when r.rolconnlimit >= 0 then r.rolconnlimit end as rolconnlimit,
  case when pg_catalog.isfinite(r.rolvaliduntil) then pg_catalog.date_part('epoch', r.rolvaliduntil) end as rolvaliduntil,
  case when pg_catalog.isfinite(r.rolvaliduntil)
    then greatest(pg_catalog.date_part('epoch', r.rolvaliduntil - pg_catalog.clock_timestamp()), 0) end as valid_for,
  coalesce(r.rolvaliduntil <= pg_catalog.clock_timestamp(), false) as expired,
  (select coalesce(pg_catalog.array_to_json(pg_catalog.array_agg(m.name order by m.name))::text, '[]') from (
    select distinct g.rolname::text || case when pg_catalog.bool_or(x.admin_option) then ' (admin)' else '' end as name
    from pg_catalog.pg_auth_members as x join pg_catalog.pg_roles as g on g.oid = x.roleid
    where x.member = r.oid group by g.rolname) as m) as member_of,
  (select coalesce(pg_catalog.array_to_json(pg_catalog.array_agg(s.said order by s.said))::text, '[]') from (
    select ${line} || coalesce(' in ' || d.datname::text, '') as said
    from pg_catalog.pg_db_role_setting as c
    cross join pg_catalog.unnest(c.setconfig) as l(line)
    left join pg_catalog.pg_database as d on d.oid = c.setdatabase
    where c.setrole = r.oid) as s) as settings,
  pg_catalog.count(*) over ()::int4 as roles
from pg_catalog.pg_roles as r
left join used as u on u.usesysid = r.oid
where pg_catalog.encode(pg_catalog.textsend(r.rolname::text), 'escape') not like 'pg\\_%'
order by r.rolcanlogin desc, r.rolsuper desc, u.sessions desc nulls last, r.rolname
limit ${most}`;

/** The roles of a server: what each may do, how many sessions it has, until when its password is valid, whose rights it has. */
export const roles = defineView({
  name: "roles",
  title: "Roles",
  section: "settings",
  source: "pg_roles, pg_auth_members, pg_db_role_setting, pg_stat_activity",
  scope: "server",
  runsOn: "any",
  everyMs: 30_000,
  withoutAllStats: "sessions may be fewer: which of other roles' processes are workers is hidden",
  unknownIn,
  rowKey: ["oid"],
  rowName: "rolname",
  sortBy: "rolname",
  duration: "valid_for",
  lacks: (_, column) => column === "rolconnlimit",
  isQuiet: ({ rolcanlogin }) => rolcanlogin === false,
  columns: {
    oid: integer("OID", { required: true, hidden: true, about: "OID of the role" }),
    rolname: text("ROLE", {
      required: true,
      priority: 0,
      maxWidth: 28,
      about: "name of the role; those that PostgreSQL brings with it are left out",
    }),
    rolcanlogin: bool("LOGIN", { required: true, priority: 1, about: "it may log in" }),
    rolsuper: bool("SUPER", { required: true, priority: 0, about: "no right is checked" }),
    rolreplication: bool("REPL", { required: true, priority: 1, about: "it may stream WAL and use slots" }),
    rolbypassrls: bool("BYPASSRLS", {
      required: true,
      priority: 2,
      about: "row-level security is not for it",
    }),
    sessions: integer("SESSIONS", {
      required: true,
      priority: 1,
      about: "client sessions and WAL senders that it has",
      severity: shareOfLimit,
    }),
    rolconnlimit: integer("LIMIT", {
      priority: 1,
      about:
        "the sessions that it may have, superusers any number; SESSIONS warns from 80 % of it and is critical from 95 %",
    }),
    valid_for: seconds("EXPIRES IN", {
      priority: 1,
      about:
        "time until its password is no longer accepted (VALID UNTIL), 0 when that is over; other methods than passwords ignore it. Warns from 30 days, critical from 7 days",
      severity: expiry,
    }),
    expired: bool("EXPIRED", {
      hidden: true,
      usual: [false],
      priority: 1,
      about: "its password is no longer accepted; shown where one is",
      severity: (over, { rolcanlogin }) => (over && rolcanlogin === true ? "warning" : "ok"),
    }),
    member_of: texts("MEMBER OF", {
      priority: 2,
      maxWidth: 60,
      about: "the roles that it is a direct member of; (admin) where it may grant that to others",
    }),
    settings: texts("SETTINGS", {
      priority: 3,
      maxWidth: 60,
      about: "what ALTER ROLE sets for it, in all databases or in one; (hidden) where that may be a password",
    }),
    rolcreaterole: bool("CREATEROLE", { required: true, hidden: true, about: "it may create roles" }),
    rolcreatedb: bool("CREATEDB", { required: true, hidden: true, about: "it may create databases" }),
    rolinherit: bool("INHERIT", {
      required: true,
      hidden: true,
      about: "it has the rights of roles that it is a member of without SET ROLE",
    }),
    rolvaliduntil: epoch("VALID UNTIL", {
      hidden: true,
      about: "when its password ends; empty for never",
    }),
    roles: integer("ROLES", {
      required: true,
      hidden: true,
      about: `roles of the server; ${most} are shown, those that may log in first`,
    }),
  },
  sql: { 100000: statement },
});

function shareOfLimit(sessions: number, { rolconnlimit, rolsuper }: Row): Severity {
  if (typeof rolconnlimit !== "number" || rolconnlimit === 0 || rolsuper === true) return "ok";
  const share = sessions / rolconnlimit;
  return share >= 0.95 ? "critical" : share >= 0.8 ? "warning" : "ok";
}

/** One that is over is often meant so: the account is closed. */
function expiry(left: number, { rolcanlogin }: Row): Severity {
  if (rolcanlogin !== true || left >= 30 * day) return "ok";
  return left > 0 && left < 7 * day ? "critical" : "warning";
}

function unknownIn(rows: readonly Row[]): string[] {
  const all = Number(rows[0]?.["roles"] ?? 0);
  return all > most ? [`${most} of ${all} roles are shown, those that may log in first`] : [];
}
