import { reasonOf } from "../../postgres/node-error.ts";
import type { FleetEvent } from "../../stats/events.ts";
import type { OperationResult } from "./operation.ts";

type Words = {
  readonly words: string;
  /** What would permit it; null where that is not what lacks. */
  readonly fix: string | null;
  readonly severity: "ok" | "warning" | "critical";
};

/** What became of an operation, in words, and how bad that is. What the server said is not yet safe to draw. */
export function operationWords(result: OperationResult): Words {
  const found = wordsOf(result);
  const { unrecorded } = result;
  if (unrecorded === null) return found;
  return { ...found, words: `${found.words}; the audit file lacks it: ${unrecorded}`, severity: "critical" };
}

function wordsOf({ plan, outcome }: OperationResult): Words {
  const said = (words: string, severity: Words["severity"]) => ({ words, fix: null, severity });
  switch (outcome.kind) {
    case "done":
      return said(outcome.value === null ? plan.done : `${plan.done}: ${outcome.value}`, "ok");
    case "sent":
      return said(`sent, but ${outcome.why}`, "warning");
    case "notPermitted":
      return { ...said(`not permitted: ${outcome.why}`, "critical"), fix: outcome.fix };
    case "refused":
      return said(`nothing was sent: ${outcome.why}`, "warning");
    case "failed": {
      // Patroni may answer that it does not know.
      const unsure = plan.kind === "sql" ? "no answer, it may have been done" : "it may have been done";
      const { hint } = outcome.error;
      const advice = hint === null ? "" : ` (${hint})`;
      return said(
        `${outcome.isUnsure ? unsure : "not done"}: ${reasonOf(outcome.error)}${advice}`,
        "critical",
      );
    }
  }
}

/** What this pgparade did to a server for its user, as something that happened to its node. */
export function operationEvent(result: OperationResult, clockMs: number): FleetEvent {
  const { words, severity } = operationWords(result);
  const isDone = result.outcome.kind === "done";
  const text = isDone ? `${words} by you` : `${result.plan.operation}: ${words}`;
  return { clockMs, node: result.plan.node, kind: "action", severity, text };
}
