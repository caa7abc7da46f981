import type { State } from "./store.ts";

/**
 * A function of some parts of the state that is computed again only when one of them is another: a key that moves the
 * cursor does not sort ten thousand rows.
 */
export function remembered<T>(
  partsOf: (state: State) => readonly unknown[],
  compute: (state: State) => T,
): (state: State) => T {
  let last: { readonly parts: readonly unknown[]; readonly value: T } | null = null;
  return (state) => {
    const parts = partsOf(state);
    if (last === null || parts.some((part, at) => part !== last?.parts[at]))
      last = { parts, value: compute(state) };
    return last.value;
  };
}
