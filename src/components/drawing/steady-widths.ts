import { useRef } from "react";

/** The widest each column has been since `key` changed, for `layOut` to read and bring up to date. */
export function useSteadyWidths(key: string): number[] {
  const kept = useRef<{ readonly key: string; readonly widest: number[] }>({ key, widest: [] });
  if (kept.current.key !== key) kept.current = { key, widest: [] };
  return kept.current.widest;
}
