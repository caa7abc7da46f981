import type { NeededExtension } from "../postgres/extension.ts";
import type { NeededRights } from "../postgres/rights.ts";
import { grantMonitor, type ServerFacts } from "../postgres/server.ts";
import type { FleetEvent } from "../stats/events.ts";
import { type Column, type Severity, text } from "./columns.ts";
import type { FleetCluster, FleetNode } from "./fleet-node.ts";
import type { ConcludedRow, Row, Section, Texts } from "./row.ts";
import type { OkSample, Sample } from "./sample.ts";

export type { Row, Section } from "./row.ts";

// biome-ignore lint/suspicious/noExplicitAny: the one inference point; a column's own type is what callers see
export type AnyColumn = Column<any>;
type Columns = Readonly<Record<string, AnyColumn>>;

/** What both kinds of view have. */
type Common<C extends Columns> = {
  readonly name: string;
  readonly title: string;
  readonly section: Section;
  /** The catalog views it reads, also through other views. */
  readonly source: string;
  readonly rowKey: readonly string[];
  /** The column by which a person knows a row; the first of the key if not given. */
  readonly rowName?: string;
  /** A column's name, with "-" in front for falling order. */
  readonly sortBy: string;
  /** The duration column that a bare `>5s` filter compares. */
  readonly duration?: string;
  readonly columns: C;
  /** The column that says what is wrong with a row: on the page of the row it stands whole, above the others. */
  readonly whyIn?: string;
  /** What it means that there are no rows, in words; "no rows in" and the source if not given. */
  readonly none?: string;
  /** The same where nodes have notes, such as what is unknown of them; not given where rows may be hidden behind those. */
  readonly noneKnown?: string;
  /** False for a view that mainly feeds others: `:` and `show` take its name, and do not offer it; Tab leaves it out. */
  readonly tab?: false;
  /** Whether the server hides every null of a row, or its null durations only. Any other null duration means that there is none. */
  readonly withheld?: (row: Row) => "row" | "durations" | null;
  /** Where a null is none and not unknown, beside durations. */
  readonly lacks?: (row: Row, column: string) => boolean;
  /** How bad what a row says is, for the sign before it; the state of its node if not given. */
  readonly sign?: (row: Row) => Severity;
  /** Its rows tell of what is over: before one stands its own sign also where that is good, not its node's state of now. */
  readonly isPast?: true;
  /** Rows that are listed and ask for no attention: drawn dimmed. */
  readonly isQuiet?: (row: Row) => boolean;
  /** Whether the key of the next problem stops at a row whose values are bad; at each if not given. */
  readonly isCause?: (row: Row) => boolean;
  /** Its rows are nodes, known by their names: no column with the node stands in front of them on screen. */
  readonly nodeRows?: true;
  /** Draws a tree: the {@link keyOf} of the row above, on the same node if no other is named; null for a root. */
  readonly parent?: (row: Row) => string | Above | null;
  /** Its tree is folded at the start, and a folded line says so many of what it hides: `+3 workers`. */
  readonly folds?: { readonly one: string; readonly many: string };
  /** Of the lines above one that a filter matches only headings stay; every one if not given. */
  readonly filterKeeps?: "headings";
  /** Where Enter leads from a row of a node, instead of the row's details; null is nowhere else. */
  readonly opens?: (row: Row, node: string) => Opened | null;
};

/** A row above that is on another node, or a heading, which is on none. */
export type Above = { readonly node: string | null; readonly key: string };

/** The page of a node, or a view of that node: with the cursor on the row of a key, or with the rows of a filter. */
export type Opened = {
  readonly node: string;
  readonly row: { readonly view: string; readonly key: string | null; readonly filter?: string } | null;
};

/**
 * A statistics view as a value. The row type, table, sort, filter, rates, headless output and docs all
 * derive from it. `sql` holds one statement per lowest server_version_num it fits.
 */
export type AskedView<C extends Columns = Columns> = Common<C> & {
  readonly kind: "asked";
  /** One answer a server, or one a database: its rows have a column `database` in front, which is in their key too. */
  readonly scope: "server" | "database";
  readonly runsOn: "any" | "primary" | "standby";
  /** What its relations are of. A database without it is not asked; `sql` is {@link byExtensionVersion} where this has its own. */
  readonly needsExtension?: NeededExtension;
  /** Without these the server would refuse the statement: a role that lacks one is told the GRANT, and nothing is asked. */
  readonly needsRights?: NeededRights;
  /** Milliseconds between two questions at least; each refresh if not given. */
  readonly everyMs?: number;
  /** After this time its statement is given up; statement_timeout and a second if not given. */
  readonly deadlineMs?: number;
  /** What is seen of its rows without pg_read_all_stats, in words; left out where all is. */
  readonly withoutAllStats?: string;
  /** The same without pg_read_all_settings. */
  readonly withoutAllSettings?: string;
  /** What its rows leave out for want of a function that pg_monitor may execute, in words; null for nothing. */
  readonly ungranted?: (rows: readonly Row[], facts: ServerFacts) => string | null;
  /** What its rows show to be unknown, and why, in words. */
  readonly unknownIn?: (rows: readonly Row[]) => readonly string[];
  /** What its sample remembers ({@link OkSample.kept}) of those before. Pure, and bounded; asked as often as it may be. */
  readonly keeps?: (before: unknown, sample: OkSample) => unknown;
  /** The column that says since when the counters of a row count: rows with another value are not compared. */
  readonly resetAt?: string;
  /** It stands in the config: its statement is undone as a stranger's, and columns that it has too many are refused. */
  readonly fromConfig?: true;
  /** The server's time of the answer: a new row whose counters began after the one before began at zero. */
  readonly askedAt?: string;
  readonly sql: Readonly<Record<number, string>>;
  readonly texts?: Texts;
  /** Values of $1, $2 … by what is on screen. */
  readonly parameters?: (viewOptions: ViewOptions) => readonly string[];
};

/** What a conclusion is drawn from: the nodes in scope, and their samples of the views that it needs. */
export type FleetSamples = {
  /** Monotonic milliseconds, and the same moment by our wall clock. */
  readonly nowMs: number;
  readonly clockMs: number;
  /** In fleet order. */
  readonly nodes: readonly FleetNode[];
  /** In the order they are shown, lone nodes among them. */
  readonly clusters: readonly FleetCluster[];
  /** The newest rows, with rates; null where the newest question was not answered. */
  readonly rows: (view: AskedView, node: string) => readonly Row[] | null;
  readonly sample: (view: AskedView, node: string) => Sample | undefined;
  /** What happened since the program was started, oldest first. */
  readonly events: readonly FleetEvent[];
  /** The same of all nodes, for what the rows of some say of the others. */
  readonly ofAll: () => FleetSamples;
};

/** A view that a node is asked for where its samples so far tell that there is something to ask. */
export type AskedWhere = {
  readonly view: AskedView;
  readonly onlyWhere: OnlyWhere;
  /** What is not answered is not said: without it less is known to be wrong, and nothing else is missing. */
  readonly isExtra?: true;
};

/** What the newest rows of a view have to say of a node, `and` those of another; or else that something else holds. */
export type OnlyWhere = {
  readonly view: AskedView;
  readonly holds: (rows: readonly Row[]) => boolean;
  readonly and?: Pick<OnlyWhere, "view" | "holds">;
  readonly or?: OnlyWhere;
};

/** A view that no server is asked for: its rows follow from other views' samples of all nodes. */
export type ConcludedView<C extends Columns = Columns> = Common<C> & {
  readonly kind: "concluded";
  /** What is asked for it, of every node in scope. */
  readonly needs: readonly AskedView[];
  /** What some of these nodes are asked for beyond that. */
  readonly needsToo?: readonly AskedWhere[];
  /** Pure. A node whose samples are missing has no rows; the table says why. */
  readonly rows: (fleet: FleetSamples) => readonly ConcludedRow[];
  /** What the rows of a node may lack, and why, in words. */
  readonly unknownOf?: (node: FleetNode, fleet: FleetSamples) => readonly string[];
  /** What its rows say comes from other nodes too: all are asked, whichever nodes it is shown of. */
  readonly asksAll?: true;
  /** It has a row of a node that does not answer, which says so. */
  readonly tellsOfLost?: true;
  /** It shows the whole cluster of each node in scope. Tells the key of a node's own row, on which the cursor begins. */
  readonly wholeClusters?: (node: string) => string;
  /** What JSON has beside the rows, by name: what follows from all of them. */
  readonly lists?: Readonly<Record<string, (rows: readonly Row[]) => readonly Row[]>>;
};

export type View<C extends Columns = Columns> = AskedView<C> | ConcludedView<C>;

/** What the asker needs of a view, turned into statement parameters. */
export type ViewOptions = {
  /** Idle and background sessions too. */
  readonly idle: boolean;
  /** Whole statement texts instead of their beginning. */
  readonly wholeText: boolean;
  /** The session that is asked about, where a view is about one. */
  readonly pid?: number;
};

type ValueOf<C> = C extends Column<infer T> ? T : never;

/** The decoded row of a view; null where the server gave null, hides the value or is too old. */
export type RowOf<V> = V extends { readonly columns: infer C }
  ? { readonly [K in keyof C]: ValueOf<C[K]> | null }
  : never;

/** Fields that name columns, checked against the columns. */
type Named<C extends Columns> = {
  readonly rowKey: readonly (keyof C & string)[];
  readonly rowName?: keyof C & string;
  readonly sortBy: (keyof C & string) | `-${keyof C & string}`;
  readonly duration?: keyof C & string;
  readonly resetAt?: keyof C & string;
  readonly askedAt?: keyof C & string;
};

/** Declares a view that each server is asked for. */
export function defineView<const C extends Columns>(
  view: Omit<AskedView<C>, "kind"> & Named<C>,
): AskedView<C> {
  const asked = { ...view, kind: "asked" } as const;
  if (view.scope === "server") return asked;
  return { ...asked, rowKey: ["database", ...view.rowKey], columns: { database, ...view.columns } };
}

/** Known of each answer, and not asked. */
const database = text("DATABASE", {
  priority: 0,
  maxWidth: 20,
  derive: () => null,
  about: "the database that it is in",
});

/** Declares a view that follows from others. A row has all columns; null is unknown. */
export function defineConclusion<const C extends Columns>(
  view: Omit<ConcludedView<C>, "kind" | "rows"> &
    Named<C> & {
      readonly rows: (
        fleet: FleetSamples,
      ) => readonly ({ readonly node: string | null } & { readonly [K in keyof C]: ValueOf<C[K]> | null })[];
    },
): ConcludedView<C> {
  return { ...view, kind: "concluded" };
}

/** The columns that are drawn of these rows. */
export function drawnColumns({ columns }: View, rows: readonly Row[]): [name: string, column: AnyColumn][] {
  return Object.entries<AnyColumn>(columns).filter(
    ([name, column]) =>
      !column.hidden ||
      (column.usual && rows.some((row) => row[name] != null && !isUsual(column, row[name]))),
  );
}

/** Whether a value is one that its column leaves empty. */
export function isUsual({ usual = [] }: AnyColumn, value: unknown): boolean {
  return usual.some((one) => one === value);
}

/** The columns that are printed, drawn or not. */
export function printedColumns({ columns }: View): [name: string, column: AnyColumn][] {
  return Object.entries<AnyColumn>(columns).filter(([, { internal }]) => !internal);
}

/** The views that servers are asked for so that this one can be shown. */
export function neededBy(view: View): readonly AskedView[] {
  return view.kind === "asked" ? [view] : view.needs;
}

/** The newest statement that is not above the server's version, or null when the server is older than all. */
export function sqlFor(view: AskedView, versionNum: number): string | null {
  let best = -1;
  for (const lowest of Object.keys(view.sql).map(Number))
    if (lowest <= versionNum && lowest > best) best = lowest;
  return view.sql[best] ?? null;
}

/** Why a view is not asked of a server, or null when it is. */
export function notApplicable(
  view: AskedView,
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
  view: AskedView,
  rows: readonly Row[],
  facts: ServerFacts,
  seesAll = facts.readsAllStats,
): string[] {
  const lacking = [
    seesAll ? undefined : view.withoutAllStats,
    facts.readsAllSettings ? undefined : view.withoutAllSettings,
    view.ungranted?.(rows, facts),
  ];
  const rights = lacking.flatMap((unseen) => (unseen ? `${unseen}: ${grantMonitor(facts)}` : []));
  return [...rights, ...(view.unknownIn?.(rows) ?? [])];
}

/** The text that tells a row from the others of its node, stable between samples. */
export function keyOf(view: Pick<View, "rowKey">, row: Row): string {
  return view.rowKey.map((name) => String(row[name])).join("\u0000");
}

/** The column that a row of a tree is known by, also to those below it. */
export const treeName = ({ rowName, rowKey }: Pick<View, "rowName" | "rowKey">) => rowName ?? rowKey[0] ?? "";
