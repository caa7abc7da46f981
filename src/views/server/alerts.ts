import { reasonOf } from "../../postgres/node-error.ts";
import { type Alert, byWeight, said, secondsSinceKnown } from "../../stats/alerts.ts";
import { isUp } from "../../stats/health.ts";
import type { Quiet } from "../../stats/quiet.ts";
import { printAge } from "../../text/pretty.ts";
import { seconds, text } from "../columns.ts";
import type { FleetNode } from "../fleet-node.ts";
import { defineConclusion } from "../view.ts";

/** What is wrong now, over all nodes. The rules are judged all the time, whatever is on screen. */
export const alerts = defineConclusion({
  name: "alerts",
  title: "Alerts",
  section: "fleet",
  source: "the alert rules, see docs/rules.md",
  needs: [],
  none: "no alerts",
  rowKey: ["rule", "subject_kind", "subject"],
  rowName: "rule",
  sortBy: "severity",
  columns: {
    severity: text("LEVEL", {
      priority: 0,
      about: "critical or warning",
      severity: (severity) => (severity === "critical" || severity === "warning" ? severity : "ok"),
    }),
    since_seconds: seconds("FOR", { priority: 0, about: "time since it is so" }),
    quiet: text("QUIET", {
      usual: [],
      priority: 0.5,
      about: "how long it stays snoozed, or ack: acknowledged until it changes; listed, and not counted",
    }),
    rule: text("RULE", { priority: 2, maxWidth: 22, about: "the rule that says so" }),
    subject: text("SUBJECT", { priority: 3, maxWidth: 24, about: "its process id or name" }),
    text: text("WHAT", { priority: 0, growsFrom: 60, about: "the figure and the limit that it passed" }),
    last_known_seconds: seconds("LAST KNOWN", {
      hidden: true,
      about: "time since it was last measured, where it cannot be measured now",
    }),
    subject_kind: text("KIND", {
      hidden: true,
      about:
        "what it is about: backend, slot, standby, database, relation, row, setting, node or subscription",
    }),
    view: text("VIEW", { hidden: true, about: "the view that shows it; empty where the node's page does" }),
    key: text("KEY", { hidden: true, internal: true, about: "the row of that view" }),
  },
  unknownOf: unjudged,
  sign: ({ severity }) => (severity === "critical" ? "critical" : "warning"),
  isQuiet: ({ quiet }) => quiet !== null,
  opens: ({ node, view, key }) => ({
    node: String(node),
    row: typeof view === "string" && typeof key === "string" ? { view, key } : null,
  }),
  rows: ({ nodes, nowMs }) =>
    nodes.flatMap((node) =>
      listed(node).map(({ alert, quiet }) => ({
        node: node.name,
        severity: alert.severity,
        since_seconds: Math.max(0, nowMs - alert.sinceMs) / 1000,
        quiet: quiet && inWords(quiet, nowMs),
        rule: alert.rule,
        text: said(alert, nowMs),
        last_known_seconds: secondsSinceKnown(alert, nowMs),
        subject_kind: alert.subject.kind,
        subject: alert.subject.id,
        view: alert.view,
        key: alert.key,
      })),
    ),
});

/** The rules that cannot be judged of a node, and why: without alerts of them it is not known to be well. */
function unjudged({ health, alerts, quiet, unknowns }: FleetNode): string[] {
  if (isUp(health))
    return unknowns.flatMap(({ reason, rules }) =>
      rules.length > 0 ? [`${rules.join(", ")} cannot be judged: ${reason}`] : [],
    );
  const isExpected = health.state === "disconnected" || health.state === "warm-standby";
  if (isExpected || alerts.length + quiet.length > 0) return [];
  return [health.error ? reasonOf(health.error) : "no answer yet"];
}

/** Quiet or not an alert keeps its place. */
function listed({ alerts, quiet }: FleetNode): { readonly alert: Alert; readonly quiet: Quiet | null }[] {
  const counting = alerts.map((alert) => ({ alert, quiet: null }));
  return [...counting, ...quiet].sort(
    (a, b) => byWeight(a.alert, b.alert) || (named(a.alert) < named(b.alert) ? -1 : 1),
  );
}

/** Alerts that were raised at the same moment stand by name: the order in which they come tells quiet ones apart. */
const named = ({ rule, subject }: Alert) => `${rule} ${subject.id}`;

function inWords(quiet: Quiet, nowMs: number): string {
  if (quiet.kind === "acknowledged") return "ack";
  return printAge(Math.max(0, quiet.untilMs - nowMs) / 1000);
}
