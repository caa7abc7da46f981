/**
 * How a threshold is written in the config and printed in an alert. `count` is whole, `number` may have a fraction or be below
 * zero, `state` is on or off: something is so, or is not.
 */
export type ThresholdUnit = "seconds" | "bytes" | "percent" | "count" | "number" | "state";

/** The levels of one rule in force for one node. */
export type Threshold = {
  /** The value from which it is a warning or critical, or below which for a rule that counts below; null is off. */
  readonly warning: number | null;
  readonly critical: number | null;
  /** For how long a level must hold before it is shown. */
  readonly forMs: number;
};

/** True when the rule is switched off: no value of it alarms. */
export function isOff({ warning, critical }: Threshold): boolean {
  return warning === null && critical === null;
}
