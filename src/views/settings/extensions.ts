import { bool, integer, text } from "../columns.ts";
import { defineView, type Row } from "../view.ts";
import { setForUs } from "./setting-sql.ts";

/**
 * Installed and available; what is installed may have lost its files. Where `known` is false it says nothing of files.
 * The name is of this database, the files are of the server.
 */
const statement = (known: string) => `
select coalesce(e.extname::text, a.name::text) as extname, e.extversion, a.default_version, n.nspname::text as nspname,
  case when e.oid is null then null else a.default_version <> e.extversion end as outdated,
  e.oid is not null and a.name is null and own.known as lacks_files,
  pg_catalog.pg_get_userbyid(e.extowner)::text as owner, a.comment,
  case when e.oid is null then 2
    when a.default_version = e.extversion or not own.known then 1 else 0 end as rank
from pg_catalog.pg_extension as e
join pg_catalog.pg_namespace as n on n.oid = e.extnamespace
full join (
  select f.name, f.default_version, f.comment from pg_catalog.pg_available_extensions() as f where ${known}
) as a on a.name = e.extname
cross join (select ${known} as known) as own
order by 1`;

/** A role or database that has another extension_control_path (18) looks for files elsewhere than others do. */
const sameElsewhere = `not ${setForUs("'extension_control_path'")}`;

/**
 * The same without what is available: of a control file with a parameter that 10 does not know, such as `trusted` (13), it
 * makes an error, and there would be nothing of what is installed.
 */
const installed = `
select e.extname::text as extname, e.extversion, null::text as default_version, n.nspname::text as nspname,
  null::boolean as outdated, false as lacks_files, pg_catalog.pg_get_userbyid(e.extowner)::text as owner,
  pg_catalog.obj_description(e.oid, 'pg_extension') as comment, 1 as rank
from pg_catalog.pg_extension as e
join pg_catalog.pg_namespace as n on n.oid = e.extnamespace
order by 1`;

/** The extensions of every database: what is installed, in which version, and what could be. */
export const extensions = defineView({
  name: "extensions",
  title: "Extensions",
  section: "settings",
  source: "pg_extension, pg_available_extensions",
  scope: "database",
  runsOn: "any",
  everyMs: 60_000,
  unknownIn,
  rowKey: ["extname"],
  sortBy: "rank",
  isQuiet: ({ extversion }) => extversion === null,
  isCause: ({ rank }) => rank === 0,
  lacks: ({ extversion }, column) => extversion === null && column === "outdated",
  columns: {
    extname: text("EXTENSION", { required: true, priority: 0, maxWidth: 32, about: "name of the extension" }),
    extversion: text("INSTALLED", {
      priority: 0,
      maxWidth: 16,
      about: "the version that is installed in this database; empty where it is available only",
    }),
    default_version: text("AVAILABLE", {
      priority: 0,
      maxWidth: 16,
      about: "default_version: what CREATE EXTENSION would install; empty where the server lacks its files",
      severity: (_, row) => (row["lacks_files"] === true ? "warning" : "ok"),
    }),
    outdated: bool("UPDATE", {
      priority: 1,
      about:
        "another version is available than is installed, as after an upgrade of its package or of the server: ALTER EXTENSION … UPDATE",
      severity: (outdated) => (outdated ? "warning" : "ok"),
    }),
    lacks_files: bool("NO FILES", {
      required: true,
      hidden: true,
      about: "it is installed in the database, and the server lacks its control file: its functions may fail",
    }),
    nspname: text("SCHEMA", { priority: 1, maxWidth: 20, about: "the schema of its objects" }),
    owner: text("OWNER", { priority: 4, maxWidth: 16, about: "the role that owns it" }),
    comment: text("WHAT", { priority: 3, maxWidth: 70, about: "its own description" }),
    rank: integer("ORDER", {
      required: true,
      hidden: true,
      internal: true,
      about: "0 another version is available or none, 1 installed, 2 available",
    }),
  },
  sql: { 100000: installed, 110000: statement("true"), 180000: statement(sameElsewhere) },
});

/** Whether it is known which extensions the server has the files of. */
export const knowsFiles = (rows: readonly Row[]): boolean =>
  rows.every(({ default_version, lacks_files }) => default_version !== null || lacks_files === true);

function unknownIn(rows: readonly Row[]): string[] {
  return knowsFiles(rows)
    ? []
    : [
        "which extensions are available is unknown: before 11, and where a role has its own extension_control_path",
      ];
}
