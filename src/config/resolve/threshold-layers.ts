import {
  type AlertRule,
  alertRules,
  countsBelow,
  type Threshold,
  type Thresholds,
} from "../../stats/thresholds.ts";
import { optionName, type Problem } from "../error.ts";
import type { ConfigFile } from "../file/file.ts";
import { level } from "../values.ts";
import type { Variables } from "../variables.ts";

/** Levels from one source, such as a node or `defaults`. */
export type Layer = Readonly<
  Record<string, { warning?: number | null | undefined; critical?: number | null | undefined } | undefined>
>;

/** The first level given wins, then the rule's own default. */
export function mergeThresholds(layers: readonly Layer[]): Thresholds {
  const merge = (rule: AlertRule): Threshold => {
    const pick = (which: "warning" | "critical") => {
      const given = layers.map((layer) => layer[rule]?.[which]).find((value) => value !== undefined);
      return given === undefined ? alertRules[rule][which] : given;
    };
    return { warning: pick("warning"), critical: pick("critical") };
  };
  return {
    node_down: merge("node_down"),
    replication_lag: merge("replication_lag"),
    replication_lag_bytes: merge("replication_lag_bytes"),
    connections_used: merge("connections_used"),
    oldest_transaction: merge("oldest_transaction"),
    idle_in_transaction: merge("idle_in_transaction"),
    certificate_expiry: merge("certificate_expiry"),
    blocked_sessions: merge("blocked_sessions"),
  };
}

/** PGPARADE_THRESHOLDS_<RULE>_WARNING and _CRITICAL. */
export function thresholdVariables(variables: Variables): Layer {
  return Object.fromEntries(
    Object.entries(alertRules).map(([rule, { unit }]) => {
      const read = (which: string) => variables.read(level(unit), "thresholds", rule, which);
      return [rule, { warning: read("warning"), critical: read("critical") }];
    }),
  );
}

/** A warning above critical, or below it where less is worse, would never be seen. */
export function refuseOrder(
  thresholds: Thresholds,
  node: string,
  file: Pick<ConfigFile, "where" | "place">,
  problems: Problem[],
): void {
  for (const [rule, { warning, critical }] of Object.entries(thresholds)) {
    if (warning === null || critical === null || warning === critical) continue;
    const isLow = countsBelow(rule);
    if (warning > critical === isLow) continue;
    const paths = [["nodes", node], ["defaults"], []].map((holder) => [...holder, "thresholds", rule]);
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
