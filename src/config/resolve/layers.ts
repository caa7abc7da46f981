import { byRule, rules, type Thresholds } from "../../rules/all.ts";
import type { Rule } from "../../rules/rule.ts";
import { optionName, type Problem } from "../error.ts";
import type { ConfigFile } from "../file/file.ts";
import type { FileValues } from "../schema.ts";
import type { ClusterSettings } from "../settings.ts";
import { holdTime, level } from "../values.ts";
import type { Variables } from "../variables.ts";

/** Levels from one source, such as a node or `defaults`. */
export type Layer = Readonly<
  Record<
    string,
    | {
        warning?: number | null | undefined;
        critical?: number | null | undefined;
        for?: number | undefined;
      }
    | undefined
  >
>;

/** The first level given wins, then the rule's own default. */
export function mergeThresholds(layers: readonly Layer[], custom: readonly Rule[] = []): Thresholds {
  return byRule(({ name, default: own }) => {
    const pick = (which: "warning" | "critical") => {
      const given = layers.map((layer) => layer[name]?.[which]).find((value) => value !== undefined);
      return given === undefined ? own[which] : given;
    };
    const forMs = layers.map((layer) => layer[name]?.for).find((value) => value !== undefined);
    return { warning: pick("warning"), critical: pick("critical"), forMs: forMs ?? own.forMs };
  }, custom);
}

/** PGPARADE_THRESHOLDS_<RULE>_WARNING, _CRITICAL and _FOR. */
export function thresholdVariables(variables: Variables, custom: readonly Rule[] = []): Layer {
  return Object.fromEntries(
    [...rules, ...custom].map(({ name, unit }) => {
      const read = (which: string) => variables.read(level(unit), "thresholds", name, which);
      const forMs = variables.read(holdTime, "thresholds", name, "for");
      return [name, { warning: read("warning"), critical: read("critical"), for: forMs }];
    }),
  );
}

/** Whose thresholds count for a node, before those of `defaults` and of the whole file. */
export type Holders = {
  /** Where the fields of the node stand. */
  readonly own: readonly string[];
  readonly cluster: string | null;
  readonly group: string | null;
};

/** A warning above critical, or below it where less is worse, would never be seen. */
export function refuseOrder(
  thresholds: Thresholds,
  { own, cluster, group }: Holders,
  file: Pick<ConfigFile, "where" | "place">,
  problems: Problem[],
  custom: readonly Rule[] = [],
): void {
  for (const { name: rule, below: isLow = false } of [...rules, ...custom]) {
    const { warning = null, critical = null } = thresholds[rule] ?? {};
    if (warning === null || critical === null || warning === critical) continue;
    if (warning > critical === isLow) continue;
    const holders = [
      own,
      ...(cluster === null ? [] : [["clusters", cluster]]),
      ...(group === null ? [] : [["groups", group]]),
      ["defaults"],
      [],
    ];
    const paths = holders.map((holder) => [...holder, "thresholds", rule]);
    const path = paths.find((candidate) => file.place(candidate) !== undefined);
    const where = path ? file.where(path) : "environment";
    const option = optionName(path ?? ["thresholds", rule]);
    // One mistake in the defaults shows in every node.
    if (problems.some((earlier) => earlier.where === where && earlier.option === option)) continue;
    const expected = `a warning that is not ${isLow ? "below" : "above"} critical`;
    problems.push({
      where,
      option,
      expected,
      found: "one that is",
      fix: "Give both levels, or switch one off.",
    });
  }
}

type Fields = NonNullable<FileValues["defaults"]>;

/** A node's own fields, and where they stand. */
type Own = { readonly path: readonly string[]; readonly fields: Fields };

/** What a node, its cluster or `defaults` says of an option, the nearest first, and the option that says so. */
export function nearest<Name extends "actions" | "waits">(
  name: Name,
  { path, fields }: Own,
  cluster: ClusterSettings | null,
  { defaults = {}, clusters = {} }: FileValues,
): { readonly value: NonNullable<Fields[Name]>; readonly from: string } | null {
  const ofCluster = cluster && clusters[cluster.name];
  const holders: readonly (readonly [readonly string[], Pick<Fields, Name> | null | undefined])[] = [
    [path, fields],
    [["clusters", cluster?.name ?? ""], ofCluster],
    [["defaults"], defaults],
  ];
  for (const [at, holder] of holders) {
    const value = holder?.[name];
    if (value != null) return { value, from: optionName([...at, name]) };
  }
  return null;
}
