/** The same numbers from 0 in every run (a linear congruential generator, Numerical Recipes). */
export function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Texts of 1 to `longest` pieces each. */
export function randomTexts(count: number, pieces: readonly string[], longest: number): readonly string[] {
  const next = seeded(count);
  return Array.from({ length: count }, () =>
    Array.from({ length: 1 + next(longest) }, () => pieces[next(pieces.length)]).join(""),
  );
}
