import { parseFilter } from "../../stats/rows.ts";
import { nearest } from "../../text/nearest.ts";
import { safeText } from "../../text/text.ts";
import { printCell } from "../../views/cells.ts";
import { columnCalled } from "../../views/columns.ts";
import { keyOf, type Row, type View } from "../../views/view.ts";
import { nameList, optionName, printable } from "../error.ts";
import type { Path } from "../file/document.ts";
import type { WrittenRule } from "./schema.ts";
import { refuse, type Told } from "./views.ts";

export type Found = readonly [expected: string, found: string, fix: string];

/** That a view has no column of this name. */
export function wrongColumn(name: string, view: View): Found {
  const names = Object.entries(view.columns).flatMap(([one, { internal }]) => (internal ? [] : one));
  const meant = nearest(name, names);
  const fix = meant === null ? `Known: ${nameList(names)}.` : `Did you mean ${meant}?`;
  return [`a column of ${view.name}`, optionName([name]), fix];
}

/** Which rows are judged: those that a filter shows. */
export function filterOf({ where }: WrittenRule, view: View, path: Path, told: Told) {
  const every = () => true;
  if (where === undefined) return every;
  const columns = Object.entries(view.columns).map(([key, { header, kind, hidden }]) => ({
    key,
    header,
    kind,
    hidden,
  }));
  const parsed = parseFilter(
    where,
    [{ key: "node", header: "NODE", kind: "text" }, ...columns],
    view.duration ?? null,
  );
  if (!parsed.ok) {
    refuse(
      told,
      [...path, "where"],
      ["a filter, as behind / on the screen", printable(parsed.message), "For example: where: queue:mail."],
    );
    return every;
  }
  const print = (row: Row, key: string) => {
    const column = view.columns[key];
    return column ? printCell(column, row[key]) : String(row[key] ?? "");
  };
  return (node: string, row: Row) => parsed.filter({ ...row, node }, print);
}

const placeholder = /\{([^{}]*)\}/g;

/** The words of an alert, with values of the row where `{column}` stands. */
export function messageOf(rule: WrittenRule, view: View, path: Path, told: Told) {
  const { message = defaultMessage(rule, view) } = rule;
  const named = Array.from(message.matchAll(placeholder), ([, name = ""]) =>
    columnCalled(view.columns, name),
  );
  for (const name of new Set(named))
    if (!Object.hasOwn(view.columns, name)) refuse(told, [...path, "message"], wrongColumn(name, view));
  return { words: (row: Row) => filled(message, view, row), hasValue: named.includes(rule.column) };
}

const filled = (message: string, view: View, row: Row) =>
  message.replace(placeholder, (_, written: string) => {
    const name = columnCalled(view.columns, written);
    const column = view.columns[name];
    return column ? safeText(printCell(column, row[name]), 80) : "";
  });

/** What a user knows a row by: columns of its key that are drawn, its name and its schema, and not an OID; empty for one row. */
function nameIn(view: View): string {
  const { columns, rowKey, rowName } = view;
  const drawn = rowKey.filter((name) => name !== rowName && !columns[name]?.hidden);
  if (rowName === undefined) return (drawn.length > 0 ? drawn : rowKey).map((name) => `{${name}}`).join(" ");
  const schema = columns["schemaname"] && rowName !== "schemaname" ? "{schemaname}." : "";
  return [
    ...drawn.filter((name) => name !== "schemaname").map((name) => `{${name}}`),
    `${schema}{${rowName}}`,
  ].join(" ");
}

/** The names of rows; those that several have, or that are not known, with the key behind them. */
export function namesOf(view: View, rows: readonly Row[]): (row: Row) => string {
  const template = nameIn(view);
  const names = new Map(rows.map((row) => [row, filled(template, view, row).trim()]));
  const times = Map.groupBy(names.values(), (name) => name);
  return (row) => {
    const name = names.get(row) ?? "";
    if (name !== "" && times.get(name)?.length === 1) return name;
    return `${name} ${keyOf(view, row).replaceAll("\u0000", " ")}`.trim();
  };
}

function defaultMessage({ column, when, value }: WrittenRule, view: View): string {
  const name = nameIn(view);
  const subject = name === "" ? view.name : `${view.name} ${name}`;
  if (when === "is" || when === "is_not") {
    const said = String(value).replaceAll(/[{}]/g, "");
    return when === "is"
      ? `${subject}: ${column} is ${said}`
      : `${subject}: ${column} is {${column}}, not ${said}`;
  }
  return `${subject}: ${column}`;
}
