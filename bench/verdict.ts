/** One promise: a figure, what it should be, and what it is. */
export type Promised = {
  /** The row of the table of targets. */
  readonly row: number;
  readonly measure: string;
  readonly unit: string;
  readonly target: number;
  /** Where the target is a floor and not a ceiling. */
  readonly atLeast?: boolean;
  readonly measured: number;
};

export type Verdict = "met" | "within 1.5x" | "missed";

const tolerance = 1.5;

/** The figure from which on a promise is broken: half as much again, or nothing where the target is nothing. */
export function limitOf({ target, atLeast = false }: Promised): number {
  return atLeast ? target / tolerance : target * tolerance;
}

export function verdictOf(promised: Promised): Verdict {
  const { target, measured, atLeast = false } = promised;
  const limit = limitOf(promised);
  if (atLeast) return measured >= target ? "met" : measured >= limit ? "within 1.5x" : "missed";
  return measured <= target ? "met" : measured <= limit ? "within 1.5x" : "missed";
}
