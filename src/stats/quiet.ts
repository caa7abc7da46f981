import type { Alert, AlertSeverity } from "./alerts.ts";

/** An alert that the user has seen: it stays listed, and is no longer counted. */
export type Quiet =
  /** Until this moment of the monotonic clock, or until it is worse than it was. */
  | { readonly kind: "snoozed"; readonly untilMs: number; readonly severity: AlertSeverity }
  /** Until it is over or its severity is another. */
  | { readonly kind: "acknowledged"; readonly severity: AlertSeverity };

/** Quiet alerts by their {@link alertId}. */
export type Quieted = ReadonlyMap<string, Quiet>;

/** An alert with why it is not counted. */
export type QuietAlert = { readonly alert: Alert; readonly quiet: Quiet };

type Known = {
  readonly rule: string;
  readonly severity: AlertSeverity;
  readonly subject: { readonly kind: string; readonly id: string };
};

/** Which alert: a rule about one subject on one node. */
export function alertId(node: string, { rule, subject }: Pick<Known, "rule" | "subject">): string {
  return [node, rule, subject.kind, subject.id].join("\u0000");
}

/** Whether and how an alert is quiet; null when it counts. */
export function quietOf(quieted: Quieted, node: string, alert: Known, nowMs: number): Quiet | null {
  const quiet = quieted.get(alertId(node, alert));
  if (!quiet) return null;
  const isSame = quiet.severity === alert.severity;
  const holds =
    quiet.kind === "snoozed" ? nowMs < quiet.untilMs && (isSame || alert.severity === "warning") : isSame;
  return holds ? quiet : null;
}

/** What still holds for the alerts that there are: one that was over counts when it comes back. */
export function stillQuiet(
  quieted: Quieted,
  alerts: readonly { readonly node: string; readonly alert: Known }[],
  nowMs: number,
): Quieted {
  const kept = new Map<string, Quiet>();
  for (const { node, alert } of alerts) {
    const quiet = quietOf(quieted, node, alert, nowMs);
    if (quiet) kept.set(alertId(node, alert), quiet);
  }
  // A snooze outlasts an alert that comes and goes.
  for (const [id, quiet] of quieted)
    if (quiet.kind === "snoozed" && nowMs < quiet.untilMs) kept.set(id, quiet);
  return kept.size === quieted.size ? quieted : kept;
}
