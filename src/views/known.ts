import type { ServerFacts } from "../postgres/server.ts";
import type { Lag } from "../stats/replication/lag.ts";
import type { Row } from "./row.ts";

/** What a derived column may follow from. */
export type Known = {
  /** The row as the server gave it, with cumulative counters. */
  readonly raw: Row;
  /** The same some samples ago, of the same epoch; null where there is none. */
  readonly earlier: Row | null;
  readonly facts: ServerFacts | null;
  /** How far the node is behind its primary; null on a primary, and where that is unknown. */
  readonly lag: Lag | null;
};
