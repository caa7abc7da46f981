import { hasFigures, isUp } from "../stats/health.ts";
import type { FleetNode } from "./fleet-node.ts";

/** How a node is in one or two words, as the screen says it and the filter of the fleet finds it. */
export type NodeWord =
  | "up"
  | "warning"
  | "critical"
  | "unknown"
  | "unjudged"
  | "stale"
  | "connecting"
  | "restarting"
  | "recovering"
  | "down"
  | "error"
  | "disconnected"
  | "warm standby";

type Judged = Pick<FleetNode, "health" | "alerts" | "unknowns">;

export function nodeWord({ health, alerts, unknowns }: Judged): NodeWord {
  switch (health.state) {
    case "warm-standby":
      return "warm standby";
    case "reconnecting":
      if (isRecovering(health)) return "recovering";
      return isRestarting(health) ? "restarting" : "down";
    case "connected": {
      const [worst] = alerts;
      if (worst) return worst.severity;
      // A standby may have replayed all that it got, and get nothing.
      if (unknowns.some(({ kind }) => kind === "receiver")) return "unknown";
      return unknowns.some(isUnjudged) ? "unjudged" : "up";
    }
    case "stale":
      return hasFigures(health) ? "stale" : "unknown";
    default:
      return health.state;
  }
}

/** primary or standby; `was primary` of a node that does not answer, null of one that never did. */
export function roleWord({ facts, health }: Pick<FleetNode, "facts" | "health">): string | null {
  return facts && `${isUp(health) ? "" : "was "}${facts.inRecovery ? "standby" : "primary"}`;
}

/** Rules have nothing to judge by. A lag has a column that says so, and is unknown of any standby for a moment. */
function isUnjudged({ kind, rules }: FleetNode["unknowns"][number]): boolean {
  return kind !== "lag" && rules.length > 0;
}

/** After so many attempts, a minute and a half, no restart is awaited: it recovers, or never accepts connections. */
const longRestart = 8;

function isRecovering({ error, failures }: FleetNode["health"]): boolean {
  return error?.kind === "recovering" || (error?.kind === "starting" && failures >= longRestart);
}

function isRestarting({ error }: FleetNode["health"]): boolean {
  return error?.kind === "starting" || error?.kind === "shutting-down";
}

/** How bad a node is: 0 well, parked or connecting for the first time, 1 not judged by every rule, 2 warning, 3 critical. */
export type Badness = 0 | 1 | 2 | 3;

const badnessOf: Readonly<Record<NodeWord, Badness>> = {
  up: 0,
  disconnected: 0,
  "warm standby": 0,
  // No news is nothing wrong: in a fleet of 200 it would take the place of each node that has answered.
  connecting: 0,
  unjudged: 1,
  warning: 2,
  unknown: 2,
  stale: 2,
  restarting: 2,
  recovering: 2,
  down: 3,
  error: 3,
  critical: 3,
};

export function badness(node: Judged): Badness {
  return badnessOf[nodeWord(node)];
}
