import type { Alert } from "../../../src/stats/alerts.ts";

/** Something wrong with a node as a whole, just now. */
export function alert(
  rule: string,
  severity: Alert["severity"],
  text: string,
  more: Partial<Alert> = {},
): Alert {
  return {
    rule,
    severity,
    text,
    sinceMs: 0,
    subject: { kind: "node", id: "a" },
    view: null,
    key: null,
    ...more,
  };
}
