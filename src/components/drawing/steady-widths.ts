import { useRef } from "react";

/** The widest each column has been since `key` changed, for `layOut` to read and bring up to date. */
export function useSteadyWidths(key: string): number[] {
  const kept = useRef<{ readonly key: string; readonly widest: number[] }>({ key, widest: [] });
  if (kept.current.key !== key) kept.current = { key, widest: [] };
  return kept.current.widest;
}

/** The same of several tables at once, by their names. */
export function useSteadyWidthsOf(key: string): (table: string) => number[] {
  const kept = useRef({ key, widest: new Map<string, number[]>() });
  if (kept.current.key !== key) kept.current = { key, widest: new Map() };
  const { widest } = kept.current;
  return (table) => {
    const widths = widest.get(table) ?? [];
    widest.set(table, widths);
    return widths;
  };
}
