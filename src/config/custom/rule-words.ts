import { parseFilter } from "../../stats/rows.ts";
import { nearest } from "../../text/nearest.ts";
import { safeText } from "../../text/text.ts";
import { printCell } from "../../views/cells.ts";
import type { Row, View } from "../../views/view.ts";
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
  const named = Array.from(message.matchAll(placeholder), ([, name = ""]) => name);
  for (const name of new Set(named))
    if (!Object.hasOwn(view.columns, name)) refuse(told, [...path, "message"], wrongColumn(name, view));
  const words = (row: Row) =>
    message.replace(placeholder, (_, name: string) => {
      const column = view.columns[name];
      return column ? safeText(printCell(column, row[name]), 80) : "";
    });
  return { words, hasValue: named.includes(rule.column) };
}

function defaultMessage({ column, when, value }: WrittenRule, view: View): string {
  const key = view.rowKey.map((name) => `{${name}}`).join(" ");
  const subject = key === "" ? view.name : `${view.name} ${key}`;
  if (when === "is" || when === "is_not") {
    const said = String(value).replaceAll(/[{}]/g, "");
    return when === "is"
      ? `${subject}: ${column} is ${said}`
      : `${subject}: ${column} is {${column}}, not ${said}`;
  }
  return `${subject}: ${column}`;
}
