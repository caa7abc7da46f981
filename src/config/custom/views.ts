import type { ThresholdUnit } from "../../stats/thresholds.ts";
import { nearest } from "../../text/nearest.ts";
import { views as builtIn } from "../../views/all.ts";
import { type Kind as KindOfValue, rateName, type Severity } from "../../views/columns.ts";
import { type AnyColumn, type AskedView, defineView } from "../../views/view.ts";
import { nameList, optionName, type Problem, printable } from "../error.ts";
import type { Document, Path } from "../file/document.ts";
import { level } from "../values.ts";
import { refusedIn, withoutEnd } from "./reading-statement.ts";
import reservedNames from "./reserved-names.json" with { type: "json" };
import { columnKinds, ownName, type WrittenColumn, type WrittenView } from "./schema.ts";

export type Told = { readonly file: Pick<Document, "where" | "place">; readonly problems: Problem[] };

/** Adds one problem of the file: what stands there, of what was expected. */
export function refuse(
  { file, problems }: Told,
  path: Path,
  [expected, found, fix]: readonly [expected: string, found: string, fix: string],
  part: "key" | "value" = "value",
): void {
  problems.push({ where: file.where(path, part), option: optionName(path), expected, found, fix });
}

/** In what the levels of a column are given; null where it has none. */
export function unitOf(kind: KindOfValue): ThresholdUnit | null {
  switch (kind) {
    case "seconds":
    case "bytes":
    case "percent":
    case "number":
      return kind;
    case "integer":
    case "count":
      return "count";
    case "perSecond":
      return "number";
    default:
      return null;
  }
}

/** Views that were made before, by what the file says of them: one that stays the same is the same to all who ask it. */
const known = new Map<string, AskedView>();

/** The views of the file. What is wrong with one is told, and it is left out. */
export function customViews(
  written: Readonly<Record<string, WrittenView>>,
  told: Told,
): readonly AskedView[] {
  return Object.entries(written).flatMap(([name, view]) => {
    const before = told.problems.length;
    const made = customView(name, view, told);
    if (made === null || told.problems.length > before) return [];
    const definition = JSON.stringify([name, view]);
    const same = known.get(definition) ?? made;
    known.set(definition, same);
    return [same];
  });
}

function customView(name: string, view: WrittenView, told: Told): AskedView | null {
  const path = ["views", name];
  if (ownName.parse(name) === undefined) {
    const found = ownName.shown?.test(name) ? optionName([name]) : "another text";
    refuse(told, path, [ownName.expected, found, `For example: ${ownName.example}.`], "key");
  }
  if (builtIn.some((one) => one.name === name))
    refuse(told, path, ["a name of its own", `${name}, a view of pgparade`, "Choose another name."], "key");
  else if (reservedNames.includes(name))
    refuse(
      told,
      path,
      ["a name of its own", `${name}, which means something else behind :`, "Choose another name."],
      "key",
    );
  const sql = statementsOf(view.sql, path, told);
  const columns = columnsOf(view.columns, path, told);
  const among = Object.keys(columns);
  const needed = (column: string, at: Path) => {
    if (among.includes(column)) return;
    const meant = nearest(column, among);
    const fix =
      meant === null ? `Known: ${nameList(among) || "none"}.` : `Did you mean ${nameList([meant])}?`;
    refuse(told, at, ["a column of the view", optionName([column]), fix]);
  };
  const isList = told.file.place([...path, "key", 0]) !== undefined;
  for (const [at, column] of (view.key ?? []).entries())
    needed(column, isList ? [...path, "key", at] : [...path, "key"]);
  const falling = view.sort?.startsWith("-") === true;
  const sort = view.sort?.replace(/^-/, "") ?? view.key?.[0] ?? among[0] ?? "";
  if (view.sort !== undefined) needed(sort, [...path, "sort"]);
  if (among.length === 0) return null;
  const { scope = "server", runs_on: runsOn = "any", deadline } = view;
  return defineView({
    name,
    title: view.title ?? name,
    section: "own",
    source: view.about ?? "a view of the config",
    scope,
    runsOn,
    rowKey: view.key ?? [],
    sortBy: falling ? `-${sort}` : sort,
    none: "the statement gives no rows",
    // Of these statements nobody knows what a null means.
    withheld: () => "durations",
    everyMs: view.every ?? usualEveryMs,
    ...(deadline === undefined ? {} : { deadlineMs: deadline }),
    fromConfig: true,
    columns,
    sql,
  });
}

const usualEveryMs = 15_000;

/** The oldest and a far future major version. */
const [oldest, newest] = [10, 99];

function statementsOf(written: WrittenView["sql"], path: Path, told: Told): Record<number, string> {
  const sql: Record<number, string> = {};
  const entries = Object.entries(written);
  if (entries.length === 0)
    refuse(told, [...path, "sql"], ["a statement", "none", 'For example: sql: { 10: "select …" }.']);
  for (const [version, text] of entries) {
    const at = [...path, "sql", version];
    const place = told.file.place(at) === undefined ? [...path, "sql"] : at;
    const major = /^\d{1,3}$/.test(version) ? Number(version) : 0;
    if (major < oldest || major > newest)
      refuse(
        told,
        place,
        [`a major version from ${oldest}`, printable(version), "For example: sql: { 10: …, 14: … }."],
        "key",
      );
    const found = refusedIn(text);
    if (found === null) sql[major * 10_000] = withoutEnd(text);
    else refuse(told, place, ["one statement that only reads", found, "Write one SELECT."]);
  }
  return sql;
}

/** Names that every row has, or that say something of it. */
const ofRows = ["node", "own", "age_ms", "database", "depth", "parent"];

const mostColumns = 100;

function columnsOf(written: WrittenView["columns"], path: Path, told: Told): Record<string, AnyColumn> {
  const entries = Object.entries(written);
  const at = [...path, "columns"];
  if (entries.length === 0)
    refuse(told, at, ["at least one column", "none", "Name each column of the answer with its kind."]);
  if (entries.length > mostColumns)
    refuse(told, at, [`${mostColumns} columns at most`, "more", "Leave some out of the statement."]);
  return Object.fromEntries(
    entries.map(([name, { kind, header, about, width, priority, warning, critical }]) => {
      const place = [...at, name];
      if (ofRows.includes(name))
        refuse(
          told,
          place,
          ["another name", `${name}, which every row has`, "Rename it in the statement with AS."],
          "key",
        );
      else if (entries.some(([one, { kind: of }]) => of === "per_second" && rateName(one) === name))
        refuse(
          told,
          place,
          ["another name", `${name}, the rate of a counter in JSON`, "Rename it in the statement with AS."],
          "key",
        );
      else if (!/^[^\p{Cc}\s]{1,63}$/u.test(name))
        refuse(
          told,
          place,
          ["a name without blanks, of 63 characters at most", "another text", "Rename it with AS."],
          "key",
        );
      const bare = columnKinds[kind](header ?? name.toUpperCase().replaceAll("_", " "));
      const severity = severityOf({ warning, critical }, bare.kind, place, told);
      const cells = width ?? (kind === "text" ? widestText : undefined);
      return [
        name,
        {
          ...bare,
          ...(about === undefined ? {} : { about }),
          ...(cells === undefined ? {} : { maxWidth: cells }),
          ...(priority === undefined ? {} : { priority }),
          ...(severity === null ? {} : { severity }),
        },
      ];
    }),
  );
}

/** Of a text whose width the config does not say. */
const widestText = 40;

type Severe = (value: number | bigint) => Severity;

/** How bad a value is: from a level on, or below it where the warning is above what is critical. */
function severityOf(
  levels: Pick<WrittenColumn, "warning" | "critical">,
  kind: KindOfValue,
  path: Path,
  told: Told,
): Severe | null {
  const unit = unitOf(kind);
  const read = (which: "warning" | "critical"): number | null => {
    const given = levels[which];
    if (given === undefined) return null;
    const at = [...path, which];
    if (unit === null) {
      refuse(told, at, ["no level", `one for a column of ${kind}`, "Only numbers have levels."]);
      return null;
    }
    const value = level(unit).parse(given);
    if (value !== undefined) return value;
    const { expected, example } = level(unit);
    refuse(told, at, [expected, printable(String(given)), `For example: ${which}: ${example}.`]);
    return null;
  };
  const [warning, critical] = [read("warning"), read("critical")];
  if (warning === null && critical === null) return null;
  const isLow = warning !== null && critical !== null && warning > critical;
  const passes = (value: number | bigint, limit: number | null) =>
    limit !== null && (isLow ? value <= limit : value >= limit);
  return (value) => (passes(value, critical) ? "critical" : passes(value, warning) ? "warning" : "ok");
}
