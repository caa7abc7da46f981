import { showsToMembers } from "../../postgres/server.ts";
import { bool, text } from "../columns.ts";
import type { Row } from "../row.ts";
import type { RowOf } from "../view.ts";

/** Our role may read primary_conninfo, and the server uses it. From 12 on it is a setting. */
const mayRead = `pg_catalog.pg_is_in_recovery() and pg_catalog.pg_has_role('pg_read_all_settings', ${showsToMembers})`;

const conninfo = "pg_catalog.current_setting('primary_conninfo', true)";

const blank = "[[:space:]]";
const pair = (keyword: string, value: string) => `${keyword}${blank}*=${blank}*${value}(?:${blank}+|$)`;

/** In quotes or not. */
const value = "''[^'']*''|[^[:space:]'']+";

/**
 * What is escaped, a URI, and what else libpq would read otherwise, is not taken apart. Nor is a byte beyond ASCII, which
 * may be in any encoding: it is escaped before anything looks at it.
 */
const isPlain = `pg_catalog.strpos(pg_catalog.encode(pg_catalog.textsend(${conninfo}), 'escape'), pg_catalog.chr(92)) = 0
      and pg_catalog.encode(pg_catalog.textsend(${conninfo}), 'escape')
        ~ '^${blank}*(?:${pair("[a-z_]+", `(?:${value})`)})+$'`;

/** `host= password=x` is a host to libpq. */
const part = (keyword: string) => `pg_catalog.min(nullif(pg_catalog.btrim(pair.parts[2], ''''), ''))
      filter (where pair.parts[1] = '${keyword}' and pair.parts[2] not like '%=%')`;

/**
 * Whom a standby without a WAL receiver is to follow; a receiver tells it itself. The setting may hold a password: only
 * where and at which port leaves the server, and nothing where a keyword stands twice.
 */
export const configuredUpstream = `
left join lateral (
  select ${part("host")} as configured_host,
    ${part("hostaddr")} as configured_hostaddr,
    ${part("port")} as configured_port
  from pg_catalog.regexp_matches(pg_catalog.encode(pg_catalog.textsend(
    case when receiver.pid is null and ${mayRead} then case when ${isPlain} then ${conninfo} end end), 'escape'),
    '${pair("([a-z_]+)", `(${value})`)}', 'g') as pair (parts)
  having pg_catalog.count(*) = pg_catalog.count(distinct pair.parts[1])
) as configured on true`;

export const configured = `
  case when ${mayRead} then ${conninfo} <> '' end as follows,
  configured.configured_host, configured.configured_hostaddr, configured.configured_port,
  case when receiver.pid is null and ${mayRead}
       then nullif(pg_catalog.current_setting('primary_slot_name', true), '') end as configured_slot,`;

const whereNone = "of a standby without a WAL receiver; unknown to a bare role and before 12";

export const ofConfigured = {
  follows: bool("follows", {
    hidden: true,
    about: "primary_conninfo is set, on a standby; unknown to a bare role and before 12",
  }),
  configured_host: text("to follow", { hidden: true, about: `host in primary_conninfo, ${whereNone}` }),
  configured_hostaddr: text("its address", {
    hidden: true,
    about: `hostaddr in primary_conninfo, ${whereNone}`,
  }),
  configured_port: text("its port", { hidden: true, about: `port in primary_conninfo, ${whereNone}` }),
  configured_slot: text("its slot", { hidden: true, about: `primary_slot_name, ${whereNone}` }),
};

/** What a pulse says of whom a standby is to follow. */
type Configured = RowOf<{ readonly columns: Omit<typeof ofConfigured, "follows"> }>;

/** The port that libpq takes where none is given. */
const usualPort = "5432";

/** Where a standby is to receive from; null where that is not told, and where it is one of several. */
export function configuredIn(
  pulse: Configured | null,
): { readonly hosts: readonly string[]; readonly port: number } | null {
  const { configured_host: host = null, configured_hostaddr: address = null } = pulse ?? {};
  const port = Number(pulse?.configured_port ?? usualPort);
  const hosts = [address, host].filter((one) => one !== null);
  if (hosts.length === 0 || hosts.some((one) => one.includes(",")) || !Number.isInteger(port)) return null;
  return { hosts, port };
}

/** "10.0.0.7:5432"; null where it is not told. */
export function configuredAddress(pulse: Row): string | null {
  const { configured_host: host, configured_hostaddr: address, configured_port: port } = pulse;
  const at = host ?? address;
  if (typeof at !== "string") return null;
  return typeof port === "string" ? `${at.includes(":") ? `[${at}]` : at}:${port}` : at;
}
