import type { FleetEvent } from "../../stats/events.ts";
import type { SignalResult } from "./signal.ts";
import { outcomeWords } from "./signal-words.ts";

const did = { cancel: "cancelled by a user", terminate: "terminated by a user" } as const;

/** What a user did to a session, as something that happened to its node. */
export function actionEvent(result: SignalResult, clockMs: number): FleetEvent {
  const { signal, target, outcome } = result;
  const { words, severity } = outcomeWords(result);
  const whom = `pid ${target.pid}${target.shown.user === null ? "" : ` of ${target.shown.user}`}`;
  return {
    clockMs,
    node: target.id.node,
    kind: "action",
    severity: severity === "muted" ? "ok" : severity,
    text: outcome.kind === "done" ? `${whom} ${did[signal]}` : `${signal} ${whom}: ${words}`,
  };
}
