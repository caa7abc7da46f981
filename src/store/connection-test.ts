import type { UnknownHost, WantedSecret } from "../postgres/sqlstate.ts";

/** A line of what a test of a connection found out. The texts are as they came: not yet safe to draw. */
export type TestLine = {
  readonly label: string;
  readonly value: string;
  readonly meaning: "plain" | "ok" | "warning" | "critical";
};

/**
 * A test of one connection, from the key on. Nothing of it is kept. `id` tells it from earlier ones; `outdated` is one
 * of what stood on the form before it was changed.
 */
export type ConnectionTest = { readonly id: number; readonly outdated: boolean } & (
  | { readonly state: "running"; readonly sinceMs: number }
  /** `wanted` is what a key or an ssh host asked for and nobody had, `unknownHost` one that nobody vouched for yet. */
  | {
      readonly state: "done";
      readonly lines: readonly TestLine[];
      readonly wanted: WantedSecret | null;
      readonly unknownHost: UnknownHost | null;
    }
);
