import { pathOf, schemasFor } from "../../postgres/explain/search-path.ts";
import type { Planner, SettingOrigin } from "../../store/actions/explain.ts";
import { decodeStatement } from "../../views/statement-bytes.ts";
import type { Answer } from "../session/session.ts";

/** What of a role's settings changes plans. A role may set all of them. */
const planning =
  /^(search_path|row_security|work_mem|hash_mem_multiplier|effective_(cache_size|io_concurrency)|constraint_exclusion|(from|join)_collapse_limit|cursor_tuple_fraction|parallel_leader_participation|max_parallel_workers(_per_gather)?|min_parallel_(table|index)_scan_size|(seq|random)_page_cost|cpu_[a-z_]+_cost|parallel_(setup|tuple)_cost|enable_[a-z_]+|geqo[a-z_]*)$/;

/** What PostgreSQL has for settings that our own sessions have otherwise. What postgresql.conf says of them we cannot see. */
const builtIn = { search_path: '"$user", public', max_parallel_workers_per_gather: "2" } as const;

const origins: readonly SettingOrigin[] = ["role-in-database", "role", "database", "all"];

/** Marks a schema in which everybody may create, among what comes from settings. */
const openSchema = "5";

/** With whose rights and which settings a statement is planned. */
export type Planning = {
  readonly planner: Planner;
  /** It could do with its own rights whatever it makes us do with ours, and names are found where they are its own. */
  readonly isTrusted: boolean;
  readonly schemas: readonly string[];
  readonly pathFrom: SettingOrigin;
  readonly settings: Readonly<Record<string, string>>;
};

/** What the answer to `plannerStatement` says of a role; null where our own role is not among the roles. */
export function planningIn({ rows }: Answer, role: string | null): Planning | null {
  const own = rows.find(([origin]) => origin === "0");
  if (!own) return null;
  const [, name, isSuperuser, hasOurs] = own;
  const settings = new Map<string, string>(Object.entries(builtIn));
  let pathFrom: SettingOrigin = "default";
  const known = new Set<string>();
  for (const [origin, entry] of rows) {
    if (origin === "0" || origin === openSchema || entry == null) continue;
    const [, setting = "", value = ""] = /^([^=]*)=(.*)$/s.exec(decodeStatement(entry)) ?? [];
    if (!planning.test(setting) || known.has(setting)) continue;
    known.add(setting);
    settings.set(setting, value);
    if (setting === "search_path") pathFrom = origins[Number(origin) - 1] ?? "default";
  }
  const schemas = schemasFor(settings.get("search_path") ?? "", role);
  settings.set("search_path", pathOf(schemas));
  // The path is a guess: the session may have had one without a schema in which others put functions of the same names.
  const isOpen = rows.some(([origin, schema]) => origin === openSchema && schemas.includes(schema ?? ""));
  return {
    planner: { role: name ?? "", isSuperuser: isSuperuser === "t" },
    isTrusted: hasOurs === "t" && isSuperuser !== "t" && !isOpen,
    schemas,
    pathFrom,
    settings: Object.fromEntries(settings),
  };
}
