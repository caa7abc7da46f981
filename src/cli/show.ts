import type { Flags } from "../config/settings.ts";
import { reasonOf } from "../postgres/node-error.ts";
import { allRules } from "../rules/all.ts";
import { loadOnce } from "../services/config-files.ts";
import { columnsNamed } from "../stats/rows.ts";
import { filterOf } from "../store/table.ts";
import { anchored, width, withAnchors } from "../text/cells.ts";
import { insteadOf } from "../text/nearest.ts";
import { printAge } from "../text/pretty.ts";
import { joined, repeated, type SafeText, safe, trimEnd } from "../text/safe-text.ts";
import { fit, safeName, safeText } from "../text/text.ts";
import { parseDuration } from "../text/units.ts";
import { offeredViews, setCustomViews, viewNamed } from "../views/all.ts";
import { alignsRight, asciiSigns, printValue, type Signs, unicodeSigns } from "../views/cells.ts";
import { alerts } from "../views/server/alerts.ts";
import { type AnyColumn, drawnColumns, isUsual, neededBy, printedColumns, type View } from "../views/view.ts";
import { type Reading, readAll, settingsFor } from "./headless.ts";
import { complain, print, toCsv, toJson } from "./output.ts";
import { exactNames, exactRow, type Picked, type PlacedRow, placedRows } from "./placed-rows.ts";

type Format = "table" | "json" | "csv";
type ShowFlags = Flags & {
  readonly format: Format;
  readonly interval: string;
  readonly own: boolean;
  readonly filter?: string;
  readonly sort?: string;
  readonly limit?: string;
  readonly idle: "yes" | "no";
  readonly database: readonly string[];
};

/** As for the screen's refresh. */
const longestIntervalMs = 3_600_000;

/**
 * Prints one sample of a view of all nodes, or the list of views. Exit codes: 0, every node answered; 1, some nodes or
 * databases did not, or not all members of a cluster are known; 2, none did, or none has a database of --database; 3, the
 * command line or the config is wrong.
 */
export async function show(
  name: string | null,
  targets: readonly string[],
  flags: ShowFlags,
): Promise<number> {
  if (name === null) {
    // A config that cannot be read says nothing of views.
    const loaded = await loadOnce(flags, targets);
    if (loaded.ok) setCustomViews(loaded.settings.views);
    else complain(loaded.error.message);
    await print(listOfViews(flags));
    return 0;
  }
  // It may be one of the config.
  const read = viewNamed(name) ? null : await settingsFor(flags, targets);
  if (typeof read === "number") return read;
  const view = viewNamed(name);
  const intervalMs = parseDuration(flags.interval);
  if (!view) {
    // The name is not repeated: it may be a TARGET or a password, before which the view was forgotten.
    const names = offeredViews().map((one) => one.name);
    return refuse(`there is no such view${insteadOf(name, names)}`);
  }
  if (intervalMs === null || intervalMs > longestIntervalMs)
    return refuse("--interval wants a time such as 1s or 500ms, and at most 1h");
  if (flags.database.length > 0 && !neededBy(view).some(({ scope }) => scope === "database"))
    return refuse(`--database cannot apply to ${view.name}, which is not asked of each database`);
  const picked = pickedBy(view, flags);
  if (typeof picked === "string") return refuse(picked);
  const setup = read ?? (await settingsFor(flags, targets));
  if (typeof setup === "number") return setup;
  const { settings, listed, sources } = setup;
  // Alerts are concluded from what the rules need, not from rows.
  const judged = view.name === alerts.name ? allRules() : [];
  const { own, database: databases } = flags;
  const answers = await readAll(settings, view, {
    intervalMs,
    judged,
    idle: flags.idle === "yes",
    databases,
    listed,
  });
  const readings = answers.map((reading) => (own ? reading : withoutOwn(reading)));
  const at = new Date().toISOString();
  const rows = placedRows(view, readings, picked);
  if (flags.format === "json") {
    const nodes = readings.map((one) => jsonOf(one, view, rows));
    const ofSources = sources.length === 0 ? {} : { sources };
    const lists = { ...listsOf(view, readings), ...ofSources };
    await print(`${toJson({ schema: 1, view: view.name, at, nodes, ...lists })}\n`);
  }
  if (flags.format === "csv") await print(csvOf(view, rows));
  if (flags.format === "table") await print(tableOf(view, readings, rows, settings));
  if (flags.format === "csv") for (const line of failures(readings)) complain(line);
  const incomplete = sources.filter(({ why }) => why !== null);
  for (const { cluster, kind, why } of incomplete)
    complain(`pgparade: cluster ${safeName(cluster)}: ${kind}: ${safeText(why ?? "")}`);
  const failed = readings.filter(
    // What the config says that it answers nothing has not failed.
    ({ entry, sample }) => sample.state === "failed" && entry.health.state !== "warm-standby",
  ).length;
  // A name that no node knows is a slip; one that some do not know is not.
  const nowhere = databases.filter((name) => readings.every(({ without }) => without.includes(name)));
  for (const name of nowhere) complain(`pgparade show: no node has a database ${safeName(name)}`);
  if (nowhere.length > 0) return nowhere.length < databases.length ? 1 : 2;
  if (incomplete.length > 0) return failed < readings.length ? 1 : 2;
  if (failed === 0) return readings.some((one) => one.failed.length > 0) ? 1 : 0;
  return failed < readings.length ? 1 : 2;
}

/** Which rows the flags pick; what is wrong with a flag, in words. */
function pickedBy(view: View, { filter = "", sort, limit }: ShowFlags): Picked | string {
  const { matches, error } = filterOf(view, filter);
  if (error !== null) return `--filter: ${safeText(error, 200)}`;
  const sortBy = sort === undefined ? null : orderOf(view, sort);
  if (typeof sortBy === "object" && sortBy !== null) return sortBy.error;
  if (limit !== undefined && !/^[1-9]\d{0,8}$/.test(limit))
    return "--limit wants a number of rows, such as 20";
  return {
    matches,
    sortBy,
    limit: limit === undefined ? Number.POSITIVE_INFINITY : Number(limit),
  };
}

/** The column that a name or heading means, as in a filter, with its sign. */
function orderOf(view: View, sort: string): string | { readonly error: string } {
  const [sign = "", written = ""] = sort.startsWith("-") ? ["-", sort.slice(1)] : ["", sort];
  const columns = Object.entries(view.columns).map(([key, { header, kind }]) => ({ key, header, kind }));
  const alike = columnsNamed(written, [{ key: "node", header: "NODE", kind: "text" }, ...columns]);
  const [only, another] = written === "" ? [] : alike;
  if (only && !another) return `${sign}${only.key}`;
  if (only) return { error: `--sort may mean ${alike.map(({ key }) => key).join(" or ")}` };
  const known = ["node", ...printedColumns(view).map(([name]) => name)];
  return { error: `--sort wants a column${insteadOf(written, known)}` };
}

function refuse(message: string): number {
  complain(`pgparade show: ${message}`);
  return 3;
}

function listOfViews({ format, ascii = false }: ShowFlags): string {
  const list = offeredViews().map((view) => {
    const { name, title, source } = view;
    return { name, title, source, scope: view.kind === "asked" ? view.scope : "fleet" };
  });
  if (format === "json") return `${toJson({ schema: 1, views: list })}\n`;
  const rows = list.map(({ name, title, source, scope }) => [name, title, scope, source]);
  if (format === "csv") return toCsv([["name", "title", "scope", "source"], ...rows], process.stdout.isTTY);
  return drawTable(["NAME", "TITLE", "SCOPE", "SOURCE"], [], rows, { ascii });
}

function withoutOwn(reading: Reading): Reading {
  const { sample } = reading;
  if (sample.state !== "ok") return reading;
  return { ...reading, sample: { ...sample, rows: sample.rows.filter((row) => row["own"] !== true) } };
}

function jsonOf({ entry, sample, notes, failed }: Reading, view: View, rows: readonly PlacedRow[]): object {
  const { name, health } = entry;
  if (sample.state === "notApplicable") return { name, state: health.state, notApplicable: sample.why };
  const own = rows.filter(({ node }) => node === name).map((one) => exactRow(view, one));
  if (sample.state === "failed") {
    const told = sample.rows.length === 0 ? {} : { rows: own };
    return { name, state: health.state, error: sample.error, ...told };
  }
  const age_ms = Math.round(performance.now() - sample.atMs);
  const absent = failed.length === 0 ? {} : { failed };
  return { name, state: health.state, age_ms, notes, ...absent, rows: own };
}

/** What a view has beside its rows, of all of them: no filter picks from it. */
function listsOf(view: View, readings: readonly Reading[]): object {
  if (view.kind === "asked") return {};
  const rows = readings.flatMap(({ sample }) => (sample.state === "notApplicable" ? [] : sample.rows));
  return Object.fromEntries(Object.entries(view.lists ?? {}).map(([name, of]) => [name, of(rows)]));
}

function csvOf(view: View, placed: readonly PlacedRow[]): string {
  const names = exactNames(view);
  const rows = placed.map((one) => {
    const values = exactRow(view, one);
    return [one.node, Math.round(one.ageMs), ...names.map((column) => values[column])];
  });
  return toCsv([["node", "age_ms", ...names], ...rows], process.stdout.isTTY);
}

/** The cells of a line with node and age before them; the age alone where the first of them names the node. */
function withAge<Cell>({ nodeRows }: View, cells: readonly Cell[], [node, age]: [Cell, Cell]): Cell[] {
  return nodeRows ? [...cells.slice(0, 1), age, ...cells.slice(1)] : [node, age, ...cells];
}

function tableOf(view: View, readings: readonly Reading[], placed: readonly PlacedRow[], look: Look): string {
  const columns = drawnColumns(
    view,
    placed.map(({ row }) => row),
  );
  const tree = view.rowName ?? columns[0]?.[0];
  const rows = placed.map(({ node, ageMs, row, depth }) => {
    const cells = columns.map(([key, column]) => {
      const text = isUsual(column, row[key]) ? safe`` : printValue(view, key, row, signsOf(look));
      return key === tree ? safe`${repeated(safe`  `, depth)}${text}` : text;
    });
    return withAge(view, cells, [safeName(node), printAge(ageMs / 1000)]);
  });
  const names = columns.map(([, column]) => column.header.toUpperCase());
  const headers = withAge(view, names, ["NODE", "AGE"]);
  const kinds = withAge<AnyColumn | undefined>(
    view,
    columns.map(([, column]) => column),
    [undefined, undefined],
  );
  const table = drawTable(headers, kinds, rows, look);
  return [table, ...failures(readings).map((line) => `${line}\n`)].join("");
}

/** A line for every node that failed, and for everything that its rows leave out. */
function failures(readings: readonly Reading[]): string[] {
  return readings.flatMap(({ entry, sample, notes }) => {
    if (sample.state === "notApplicable") return [`${safeName(entry.name)}: ${safeText(sample.why)}`];
    if (sample.state === "ok") return notes.map((note) => `${safeName(entry.name)}: ${safeText(note)}`);
    const { kind, sqlstate, hint } = sample.error;
    const code = sqlstate === null ? "" : ` ${sqlstate}`;
    return [
      `${safeName(entry.name)}: ${kind}${code}: ${safeText(reasonOf(sample.error))}${hint === null ? "" : ` (${safeText(hint)})`}`,
    ];
  });
}

/** What a table is drawn with: `ascii` has signs of our own in ASCII, as on the screen. */
type Look = { readonly ascii: boolean };

const signsOf = ({ ascii }: Look): Signs => (ascii ? asciiSigns : unicodeSigns);

/** Cells under headings, made safe, as wide as they need to be; on a terminal no wider than it is. */
export function drawTable(
  headers: readonly string[],
  columns: readonly (AnyColumn | undefined)[],
  rows: readonly (readonly string[])[],
  { ascii }: Look,
): string {
  const lines = [headers, ...rows].map((cells) => cells.map((cell) => safeText(cell)));
  const widths = headers.map((_, at) =>
    lines.reduce((widest, row) => Math.max(widest, width(row[at] ?? "")), 0),
  );
  // A terminal whose size is not known says 0.
  const limit = (process.stdout.isTTY && process.stdout.columns) || Number.POSITIVE_INFINITY;
  const line = (cells: readonly SafeText[]) => {
    const fitted = cells.map((cell, at) =>
      fit(cell, widths[at] ?? 0, columns[at] && alignsRight(columns[at]) ? "right" : "left"),
    );
    const text = trimEnd(joined(fitted, safe`  `));
    const shown = width(text) > limit ? fit(text, limit, "left", ascii ? safe`~` : safe`…`) : text;
    return `${process.stdout.isTTY ? anchored(withAnchors(shown)) : shown}
`;
  };
  return lines.map(line).join("");
}
