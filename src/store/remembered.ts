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

/**
 * A function of the state that is computed once for each: header, footer, screen and keys ask for the same lines, and
 * a state is never changed, only replaced.
 */
export function perState<T>(compute: (state: State) => T): (state: State) => T {
  const known = new WeakMap<State, { readonly value: T }>();
  return (state) => {
    let found = known.get(state);
    if (found === undefined) {
      found = { value: compute(state) };
      known.set(state, found);
    }
    return found.value;
  };
}
