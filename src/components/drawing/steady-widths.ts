import { useRef } from "react";

/** The widest each column has been since `key` changed, for `layOut` to read and bring up to date. */
export function useSteadyWidths(key: string): number[] {
  const kept = useRef<{ readonly key: string; readonly widest: number[] }>({ key, widest: [] });
  if (kept.current.key !== key) kept.current = { key, widest: [] };
  return kept.current.widest;
}

/** The same of several tables at once, by their place among `count`. */
export function useSteadyWidthsOf(count: number, key: string): readonly number[][] {
  const kept = useRef<{ readonly key: string; readonly widest: number[][] }>({ key: "", widest: [] });
  if (kept.current.key !== key)
    kept.current = { key, widest: Array.from({ length: count }, (): number[] => []) };
  return kept.current.widest;
}
