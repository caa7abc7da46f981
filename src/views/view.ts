import { grantMonitor, type ServerFacts } from "../postgres/server.ts";
import type { Column } from "./columns.ts";

// biome-ignore lint/suspicious/noExplicitAny: the one inference point; a column's own type is what callers see
export type AnyColumn = Column<any>;
type Columns = Readonly<Record<string, AnyColumn>>;

/**
 * A statistics view as a value. The row type, table, sort, filter, rates, headless output and docs all
 * derive from it. `sql` holds one statement per lowest server_version_num it fits.
 */
export type View<C extends Columns = Columns> = {
  readonly name: string;
  readonly title: string;
  /** The catalog views it reads. */
  readonly source: string;
  /** One answer a server, or one a database. */
  readonly scope: "server" | "database";
  readonly runsOn: "any" | "primary" | "standby";
  /** What is seen of its rows without pg_read_all_stats, in words; left out where all is. */
  readonly withoutAllStats?: string;
  /** What its rows show to be unknown, and why, in words. */
  readonly unknownIn?: (rows: readonly Row[]) => readonly string[];
  /** What the server withholds in a row: all that is null, or its durations. Elsewhere a null duration is none. */
  readonly withheld?: (row: Row) => "row" | "durations" | null;
  readonly rowKey: readonly string[];
  /** The column by which a person knows a row; the first of the key if not given. */
  readonly rowName?: string;
  /** A column's name, with "-" in front for falling order. */
  readonly sortBy: string;
  /** The duration column that a bare `>5s` filter compares. */
  readonly duration?: string;
  readonly columns: C;
  readonly sql: Readonly<Record<number, string>>;
  /** Values of $1, $2 … by what is on screen. */
  readonly parameters?: (viewOptions: ViewOptions) => readonly string[];
};

/** What the asker needs of a view, turned into statement parameters. */
export type ViewOptions = {
  /** Idle and background sessions too. */
  readonly idle: boolean;
  /** Whole statement texts instead of their beginning. */
  readonly wholeText: boolean;
};

type ValueOf<C> = C extends Column<infer T> ? T : never;

/** The decoded row of a view; null where the server gave null, hides the value or is too old. */
export type RowOf<V> = V extends View<infer C> ? { readonly [K in keyof C]: ValueOf<C[K]> | null } : never;

/** Any view's row, for code that works by column. */
export type Row = Readonly<Record<string, unknown>>;

/** Declares a view; names of columns are checked against its columns. */
export function defineView<const C extends Columns>(
  view: View<C> & {
    readonly rowKey: readonly (keyof C & string)[];
    readonly rowName?: keyof C & string;
    readonly sortBy: (keyof C & string) | `-${keyof C & string}`;
    readonly duration?: keyof C & string;
  },
): View<C> {
  return view;
}

/** The newest statement that is not above the server's version, or null when the server is older than all. */
export function sqlFor(view: View, versionNum: number): string | null {
  let best = -1;
  for (const lowest of Object.keys(view.sql).map(Number))
    if (lowest <= versionNum && lowest > best) best = lowest;
  return view.sql[best] ?? null;
}

/** Why a view is not asked of a server, or null when it is. */
export function notApplicable(
  view: View,
  server: { versionNum: number; inRecovery: boolean },
): string | null {
  if (view.runsOn === "primary" && server.inRecovery) return "primary only";
  if (view.runsOn === "standby" && !server.inRecovery) return "standby only";
  if (sqlFor(view, server.versionNum) === null)
    return `needs ${Math.floor(Math.min(...Object.keys(view.sql).map(Number)) / 10000)}`;
  return null;
}

/**
 * What the rows of a view leave out on a server, and why, whatever their number; empty when they are complete.
 * `seesAll` is the newest that is known of the right, where that is newer than the facts.
 */
export function notesOn(
  view: View,
  rows: readonly Row[],
  facts: ServerFacts,
  seesAll = facts.readsAllStats,
): string[] {
  const rights = view.withoutAllStats && !seesAll ? [`${view.withoutAllStats}: ${grantMonitor(facts)}`] : [];
  return [...rights, ...(view.unknownIn?.(rows) ?? [])];
}

/** The text that tells a row from the others of its node, stable between samples. */
export function keyOf(view: View, row: Row): string {
  return view.rowKey.map((name) => String(row[name])).join("\u0000");
}
