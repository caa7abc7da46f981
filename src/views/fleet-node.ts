import type { ServerFacts } from "../postgres/server.ts";
import type { Alert } from "../stats/alerts.ts";
import type { Health } from "../stats/health.ts";
import type { Lag } from "../stats/lag.ts";
import type { Unknown } from "../stats/unknown.ts";
import type { Row } from "./row.ts";

/** What a conclusion may know of one node. */
export type FleetNode = {
  readonly name: string;
  readonly group: string | null;
  readonly production: boolean;
  readonly health: Health;
  readonly facts: ServerFacts | null;
  /** The newest good row of the fleet view, and when it came (monotonic milliseconds). */
  readonly pulse: Row | null;
  readonly pulseAtMs: number | null;
  readonly lag: Lag | null;
  readonly alerts: readonly Alert[];
  readonly unknowns: readonly Unknown[];
};
