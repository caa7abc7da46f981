import { epoch, text } from "../columns.ts";
import { defineConclusion } from "../view.ts";

/** What happened, over all nodes, since the program was started. */
export const events = defineConclusion({
  name: "events",
  title: "Events",
  section: "fleet",
  source: "what pgparade saw since it was started",
  needs: [],
  none: "nothing happened yet",
  rowKey: ["at", "text"],
  rowName: "text",
  sortBy: "-at",
  isPast: true,
  sign: ({ severity }) => (severity === "critical" || severity === "warning" ? severity : "ok"),
  columns: {
    at: epoch("TIME", { priority: 0, maxWidth: 20, about: "when it was seen, by our clock, in UTC" }),
    kind: text("KIND", {
      priority: 1,
      maxWidth: 9,
      about: "state, role, restart, setting, alert, action, config or discovery",
    }),
    severity: text("LEVEL", {
      priority: 3,
      maxWidth: 8,
      about: "of an alert, or how bad it is",
      severity: (severity) => (severity === "critical" || severity === "warning" ? severity : "ok"),
    }),
    text: text("WHAT", { priority: 0, maxWidth: 120, about: "what happened" }),
  },
  rows: ({ events: seen, nodes }) => {
    const names = new Set(nodes.map(({ name }) => name));
    return seen
      .filter(({ node }) => names.has(node))
      .map(({ node, clockMs, kind, severity, text }) => ({
        node,
        at: clockMs / 1000,
        kind,
        severity,
        text,
      }));
  },
});
