import { defineRule, judgedBy, nothingFound, type Rule } from "../../rules/rule.ts";
import type { Threshold, ThresholdUnit } from "../../stats/thresholds.ts";
import { nearest } from "../../text/nearest.ts";
import { safeName } from "../../text/text.ts";
import { views as builtIn } from "../../views/all.ts";
import { columnCalled, isCounter, kindName } from "../../views/columns.ts";
import { type AskedView, keyOf, type View } from "../../views/view.ts";
import { nameList, optionName, printable } from "../error.ts";
import type { Path } from "../file/document.ts";
import { level } from "../values.ts";
import { type Found, filterOf, messageOf, namesOf, wrongColumn } from "./rule-words.ts";
import { ownName, type WrittenRule } from "./schema.ts";
import { refuse, type Told, unitOf } from "./views.ts";

/** What rules of the file may name. */
export type Known = {
  /** The views of the file that are sound, and the names of all. */
  readonly views: readonly AskedView[];
  readonly viewNames: readonly string[];
  readonly ruleNames: readonly string[];
  /** The nodes of each cluster, by its name, and those in none. */
  readonly clusters: ReadonlyMap<string, readonly string[]>;
  /** Null while those that sources list are not known. */
  readonly nodes: readonly string[] | null;
};

/** Rules that were made before, by what they follow from: one that stays the same keeps what it remembers. */
const made = new Map<string, Rule>();
const numberOf = new Map<View, number>();

/** The rules of the file. What is wrong with one is told, and it is left out. */
export function customRules(
  written: Readonly<Record<string, WrittenRule>>,
  known: Known,
  told: Told,
): readonly Rule[] {
  return Object.entries(written).flatMap(([name, asWritten]) => {
    const before = told.problems.length;
    const view = viewOf(asWritten, known.views);
    const rule = view ? { ...asWritten, column: columnCalled(view.columns, asWritten.column) } : asWritten;
    const found = customRule(name, rule, view, known, told);
    if (found === null || view === undefined || told.problems.length > before) return [];
    if (!numberOf.has(view)) numberOf.set(view, numberOf.size);
    const definition = JSON.stringify([name, rule, numberOf.get(view), [...(found.onlyOn ?? [])]]);
    const same = made.get(definition) ?? found;
    made.set(definition, same);
    return [same];
  });
}

const viewOf = ({ view: name }: WrittenRule, views: readonly View[]) =>
  [...builtIn, ...views].find((view) => view.name === name);

/** In what a rule's levels are given; null where that cannot be told. */
export function unitOfRule(rule: WrittenRule, views: readonly AskedView[]): ThresholdUnit | null {
  if (rule.when === "is" || rule.when === "is_not") return "state";
  const columns = viewOf(rule, views)?.columns ?? {};
  const column = columns[columnCalled(columns, rule.column)];
  return column ? unitOf(column.kind) : null;
}

function customRule(
  name: string,
  rule: WrittenRule,
  view: View | undefined,
  known: Known,
  told: Told,
): Rule | null {
  const path = ["rules", name];
  if (ownName.parse(name) === undefined)
    refuse(
      told,
      path,
      [ownName.expected, ownName.shown?.test(name) ? name : "another text", "Rename it."],
      "key",
    );
  if (known.ruleNames.includes(name))
    refuse(told, path, ["a name of its own", `${name}, a rule of pgparade`, "Choose another name."], "key");
  if (view === undefined || unjudged.has(view.name)) {
    // What is wrong with a view of the file was told already.
    if (view || !known.viewNames.includes(rule.view))
      refuse(told, [...path, "view"], wrongView(rule, view, known));
    return null;
  }
  const column = view.columns[rule.column];
  if (!column || column.internal) {
    refuse(told, [...path, "column"], wrongColumn(rule.column, view));
    return null;
  }
  const unit = unitOfRule(rule, known.views);
  const isState = unit === "state";
  if (unit === null || (isState && !["text", "bool"].includes(column.kind))) {
    const fix = unit === null ? "Write when: is, or is_not, with a value." : "Write when: above, or below.";
    refuse(told, [...path, "when"], [`what suits a column of kind ${kindName(column.kind)}`, rule.when, fix]);
    return null;
  }
  const levels = levelsOf(rule, unit, path, told);
  const wanted = wantedOf(rule, column.kind, path, told);
  const filter = filterOf(rule, view, path, told);
  const message = messageOf(rule, view, path, told);
  const onlyOn = nodesOf(rule, known, path, told);
  const below = rule.when === "below";
  const isWrong = (value: unknown) => (rule.when === "is" ? value === wanted : value !== wanted);
  return defineRule({
    name,
    about: rule.about ?? `${rule.column} of ${view.name}`,
    unit,
    ...(below ? { below: true as const } : {}),
    default: levels,
    ...judgedBy(view),
    everyMs,
    ...(isCounter(column) && view.kind === "asked" ? { overTime: true as const } : {}),
    ...(onlyOn === null ? {} : { onlyOn }),
    find: (node, fleet) => {
      const rows =
        view.kind === "asked" ? (fleet.rows(view, node.name) ?? []) : fleet.concluded(view, node.name);
      const nameOf = namesOf(view, rows);
      const found = rows.flatMap((row) => {
        const value = row[rule.column];
        // Of a value that is not there nothing is known: a statement says with coalesce() what it means.
        if (value === null || value === undefined || !filter(node.name, row)) return [];
        const measured = isState ? Number(isWrong(value)) : Number(value);
        if (isState && measured === 0) return [];
        const key = keyOf(view, row);
        const isRow = view.rowKey.length > 0;
        const id = isRow ? safeName(nameOf(row), longestName) : node.name;
        return {
          value: measured,
          subject: { kind: isRow ? ("row" as const) : ("node" as const), id },
          text: message.words(row),
          ...(message.hasValue && !isState ? { figure: false as const } : { withLimit: true as const }),
          opens: { view: view.name, key },
        };
      });
      return found.length === 0 ? nothingFound : { findings: found, unknown: [] };
    },
  });
}

/** Three names and a key: what is cut off could be what tells two rows apart. */
const longestName = 400;

/** No view is asked more often for a rule of the config. */
const everyMs = 15_000;

/** What has no rows of its own that could be judged, and why. */
const unjudged: ReadonlyMap<string, string> = new Map([
  ["alerts", "whose rows are what rules have found"],
  ["events", "whose rows are of what is over"],
]);

function wrongView({ view: name }: WrittenRule, view: View | undefined, { views }: Known): Found {
  const offered = [...builtIn, ...views].filter(({ tab }) => tab !== false);
  const names = offered.flatMap((one) => (unjudged.has(one.name) ? [] : one.name));
  const meant = view ? null : nearest(name, names);
  const fix = meant === null ? `Known: ${nameList(names)}.` : `Did you mean ${meant}?`;
  const found = view ? `${name}, ${unjudged.get(name)}` : optionName([name]);
  return ["a view whose rows can be judged", found, fix];
}

function levelsOf(rule: WrittenRule, unit: ThresholdUnit, path: Path, told: Told): Threshold {
  const { parse, expected, example } = level(unit);
  const read = (which: "warning" | "critical") => {
    const given = rule[which];
    if (given === undefined) return null;
    const value = parse(given);
    if (value !== undefined) return value;
    refuse(
      told,
      [...path, which],
      [expected, printable(String(given)), `For example: ${which}: ${example}.`],
    );
    return null;
  };
  const [warning, critical] = [read("warning"), read("critical")];
  const forMs = rule.for ?? 0;
  if (rule.warning === undefined && rule.critical === undefined) {
    if (unit === "state") return { warning: 1, critical: null, forMs };
    refuse(told, path, ["a warning, a critical level, or both", "none", `For example: warning: ${example}.`]);
  }
  const isLow = rule.when === "below";
  if (warning !== null && critical !== null && warning !== critical && warning > critical !== isLow) {
    const expected = `a warning that is not ${isLow ? "below" : "above"} critical`;
    refuse(told, [...path, "warning"], [expected, "one that is", "Exchange the two."]);
  }
  return { warning, critical, forMs };
}

/** What a column is compared with that has no level. */
function wantedOf(rule: WrittenRule, kind: string, path: Path, told: Told): string | boolean | null {
  const isState = rule.when === "is" || rule.when === "is_not";
  if (!isState && rule.value === undefined) return null;
  if (!isState) {
    refuse(
      told,
      [...path, "value"],
      ["no value", `one beside when: ${rule.when}`, "Write warning or critical."],
    );
    return null;
  }
  if (rule.value === undefined || rule.value === null) {
    refuse(told, path, ["a value", "none", `For example: value: ${kind === "bool" ? "false" : "failed"}.`]);
    return null;
  }
  if (kind !== "bool") return String(rule.value);
  const truth = new Map([
    ["true", true],
    ["false", false],
  ] as const).get(String(rule.value) as "true");
  if (truth !== undefined) return truth;
  refuse(
    told,
    [...path, "value"],
    ["true or false", printable(String(rule.value)), "For example: value: false."],
  );
  return null;
}

/** The nodes that a rule is for; null is all. */
function nodesOf(
  { nodes, clusters }: WrittenRule,
  known: Known,
  path: Path,
  told: Told,
): ReadonlySet<string> | null {
  if (nodes === undefined && clusters === undefined) return null;
  const check = (
    list: readonly string[] | undefined,
    of: "nodes" | "clusters",
    among: readonly string[] | null,
  ) => {
    const isList = told.file.place([...path, of, 0]) !== undefined;
    for (const [at, name] of (list ?? []).entries()) {
      if (among === null || among.includes(name)) continue;
      const meant = nearest(name, among);
      const fix =
        meant === null ? `Known: ${nameList(among) || "none"}.` : `Did you mean ${nameList([meant])}?`;
      const found = optionName([name]);
      refuse(told, isList ? [...path, of, at] : [...path, of], [
        `the name of a ${of.slice(0, -1)}`,
        found,
        fix,
      ]);
    }
  };
  check(nodes, "nodes", known.nodes);
  check(clusters, "clusters", [...known.clusters.keys()]);
  return new Set([...(nodes ?? []), ...(clusters ?? []).flatMap((name) => known.clusters.get(name) ?? [])]);
}
