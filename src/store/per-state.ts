import type { State } from "./store.ts";

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
