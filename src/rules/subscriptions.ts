import { grantMonitor } from "../postgres/server.ts";
import type { Finding } from "../stats/alerts.ts";
import { hasErrors, subscriptionState, whyStopped } from "../stats/replication/subscription-state.ts";
import type { Reason } from "../stats/unknown.ts";
import { printCount } from "../text/pretty.ts";
import { safeName } from "../text/text.ts";
import { type SubscriptionWorker, subscriptionWorkers } from "../views/replication/subscription-workers.ts";
import { subscriptions } from "../views/replication/subscriptions.ts";
import { type DatabaseStatistics, databases } from "../views/storage/databases.ts";
import { keyOf } from "../views/view.ts";
import { defineRule, type Earlier, grownBy, nothingFound, rowsOf } from "./rule.ts";

type Problem = Pick<Finding, "isMild"> & {
  readonly what: string;
  /** What to do, with the operations that `O` has on its row. */
  readonly remedy: string;
};

export const subscriptionFailing = defineRule({
  name: "subscription_failing",
  about:
    "an enabled subscription has no worker or fails again and again; it is a warning where an error disabled one (disable_on_error), and where only the copy of a table fails",
  unit: "state",
  default: { warning: 1, critical: 1, forMs: 0 },
  needs: [subscriptionWorkers],
  onlyWhere: {
    view: databases,
    holds: (rows) =>
      (rows as readonly DatabaseStatistics[]).some(({ subscriptions: applied }) => (applied ?? 0n) > 0n),
  },
  everyMs: 30_000,
  compares: true,
  find: (node, all, _, earlier) => {
    const { facts } = node;
    // A standby has the subscriptions of its primary, and applies none.
    if (!facts || facts.inRecovery) return nothingFound;
    const rows = rowsOf(all, subscriptionWorkers, node);
    const findings = rows.flatMap((row) => {
      const problem = problemOf(row, earlier);
      return problem ? [findingOf(row, problem)] : [];
    });
    const isHidden = rows.some((row) => subscriptionState(row) === "unknown");
    const hidden: Reason = {
      kind: "view",
      reason: `${subscriptionWorkers.withoutAllStats}: ${grantMonitor(facts)}`,
    };
    return { findings, unknown: isHidden ? [hidden] : [] };
  },
});

function findingOf(row: SubscriptionWorker, { what, remedy, ...rest }: Problem): Finding {
  const text = `subscription ${safeName(row.subname ?? "", 63)} of ${safeName(row.datname ?? "", 63)} ${what}`;
  return {
    ...rest,
    value: 1,
    subject: { kind: "subscription", id: `${row.datname}.${row.subname}` },
    text,
    detail: `: ${remedy}`,
    short: { text, detail: "" },
    opens: { view: subscriptions.name, key: keyOf(subscriptions, row) },
  };
}

const byLog = "the server's log says why";

function problemOf(row: SubscriptionWorker, earlier: Earlier | null): Problem | null {
  const grows = (column: keyof SubscriptionWorker) =>
    earlier !== null && (grownBy(subscriptionWorkers, row, column, earlier) ?? 0) > 0;
  const skip = row.apply_error_count === null ? byLog : `${byLog}, and skip-transaction skips it`;
  const state = subscriptionState(row);
  switch (state) {
    case "disabled":
      return row.subdisableonerr === true && hasErrors(row)
        ? { what: "was disabled by an error", remedy: `${skip}; then enable-subscription`, isMild: true }
        : null;
    case "no worker":
      return { what: "has no worker", remedy: byLog };
    case "starting":
      // A worker that fails is young at nearly every look, one that has just begun is so once.
      return earlier !== null && hadNone(row, earlier)
        ? { what: "starts again and again", remedy: byLog }
        : null;
    default:
      if (state === "failing" || grows("apply_error_count"))
        return { what: whyStopped("failing", row, null) ?? "", remedy: skip };
      return grows("sync_error_count")
        ? {
            what: `cannot copy a table: ${printCount(row.sync_error_count ?? 0n)} errors`,
            remedy: byLog,
            isMild: true,
          }
        : null;
  }
}

/** Whether nothing had applied it for long at the look before, either. */
function hadNone(row: SubscriptionWorker, { rows }: Earlier): boolean {
  const key = keyOf(subscriptionWorkers, row);
  const before = (rows as readonly SubscriptionWorker[]).find(
    (one) => keyOf(subscriptionWorkers, one) === key,
  );
  return before !== undefined && ["no worker", "starting", "failing"].includes(subscriptionState(before));
}
