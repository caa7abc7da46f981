import { isUp } from "../../stats/health.ts";
import type { FleetNode } from "../fleet-node.ts";
import { databases } from "../storage/databases.ts";
import type { AskedView, FleetSamples, Row } from "../view.ts";
import { extensions, knowsFiles } from "./extensions.ts";
import { roles } from "./roles.ts";
import { masked } from "./setting-sql.ts";
import { settings } from "./settings.ts";

export type HeldSetting = {
  /** Null where our session or a mask hides it. */
  readonly value: string | null;
  readonly isDefault: boolean;
  readonly pendingRestart: boolean;
  /** What a restart makes it, or that a mask hides it; null where the files are not known to us. */
  readonly pendingValue: string | null;
};

/** What is compared of a server; null where it is unknown. */
export type ServerState = {
  readonly node: string;
  readonly isStandby: boolean;
  readonly version: string;
  readonly major: number;
  readonly readsAllSettings: boolean;
  readonly settings: ReadonlyMap<string, HeldSetting> | null;
  /** By database, then by name: the version that is installed. Only of databases that answered. */
  readonly extensions: ReadonlyMap<string, ReadonlyMap<string, string>> | null;
  /** By name: the version whose files the server has. */
  readonly files: ReadonlyMap<string, string> | null;
  readonly roles: ReadonlyMap<string, string> | null;
  readonly databases: ReadonlySet<string> | null;
};

/** What the newest samples tell of a server; null for one that does not answer, or is another way to one before it. */
export function stateOf(fleet: FleetSamples, node: FleetNode): ServerState | null {
  const { name, facts, health } = node;
  if (!facts || !isUp(health)) return null;
  const rowsOf = (view: AskedView) => fleet.rows(view, name);
  const installed = rowsOf(extensions);
  return {
    node: name,
    isStandby: facts.inRecovery,
    version: facts.version.split(" ", 1)[0] ?? facts.version,
    major: Math.floor(facts.versionNum / 10_000),
    readsAllSettings: facts.readsAllSettings,
    settings: mapped(rowsOf(settings), (row) => [String(row["name"]), heldOf(row)]),
    extensions: installed && byDatabase(installed),
    files: mapped(installed && knowsFiles(installed) ? installed : null, ({ extname, default_version }) => [
      String(extname),
      default_version === null ? "no files" : String(default_version),
    ]),
    roles: mapped(cutOff(rowsOf(roles)), (row) => [String(row["rolname"]), rightsOf(row)]),
    databases: setOf(rowsOf(databases)),
  };
}

function mapped<V>(
  rows: readonly Row[] | null,
  entry: (row: Row) => readonly [string, V],
): ReadonlyMap<string, V> | null {
  return rows && new Map(rows.map(entry));
}

function heldOf({ value, source, pending_restart, pending_value }: Row): HeldSetting {
  return {
    value: typeof value === "string" && value !== masked ? value : null,
    isDefault: source === "default",
    // The server goes on saying so where a change was taken back.
    pendingRestart: pending_restart === true && pending_value !== value,
    pendingValue: typeof pending_value === "string" ? pending_value : null,
  };
}

function byDatabase(rows: readonly Row[]): Map<string, Map<string, string>> {
  const found = new Map<string, Map<string, string>>();
  for (const { database, extname, extversion } of rows) {
    const own = found.get(String(database)) ?? new Map<string, string>();
    found.set(String(database), own);
    if (extversion != null) own.set(String(extname), String(extversion));
  }
  return found;
}

/** Where not all roles are listed, that one is missing is not known. */
const cutOff = (rows: readonly Row[] | null) =>
  rows && Number(rows[0]?.["roles"] ?? 0) > rows.length ? null : rows;

const rights = [
  ["rolsuper", "superuser"],
  ["rolcanlogin", "login"],
  ["rolreplication", "replication"],
  ["rolbypassrls", "bypassrls"],
  ["rolcreaterole", "createrole"],
  ["rolcreatedb", "createdb"],
] as const;

function rightsOf(row: Row): string {
  const own = rights.flatMap(([column, word]) => (row[column] === true ? [word] : []));
  const { member_of } = row;
  const member =
    Array.isArray(member_of) && member_of.length > 0 ? [`member of ${member_of.join(", ")}`] : [];
  return [...own, ...member].join(", ") || "no login";
}

/** The databases that people made: templates are left out, and so is the row of what all share. */
function setOf(rows: readonly Row[] | null): ReadonlySet<string> | null {
  if (!rows) return null;
  const own = rows.filter(({ datid, datistemplate }) => datid !== 0 && datistemplate === false);
  return new Set(own.map(({ datname }) => String(datname)));
}
