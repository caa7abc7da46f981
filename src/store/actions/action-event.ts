import type { FleetEvent } from "../../stats/events.ts";
import type { SignalResult } from "./signal.ts";
import { outcomeWords, sessionName } from "./signal-words.ts";

const did = { cancel: "cancelled by you", terminate: "terminated by you" } as const;

/** What this pgparade did to a session for its user, as something that happened to its node. */
export function actionEvent(result: SignalResult, clockMs: number): FleetEvent {
  const { signal, target, outcome } = result;
  const { words, severity } = outcomeWords(result);
  const whom = sessionName(target);
  return {
    clockMs,
    node: target.id.node,
    kind: "action",
    severity: severity === "muted" ? "ok" : severity,
    text: outcome.kind === "done" ? `${whom} ${did[signal]}` : `${signal} ${whom}: ${words}`,
  };
}
