import type { AnyColumn, View } from "../../views/view.ts";

const mostFigures = 24;

const numbers: ReadonlySet<AnyColumn["kind"]> = new Set([
  "integer",
  "count",
  "bytes",
  "seconds",
  "percent",
  "perSecond",
]);

const known = new WeakMap<View, readonly string[]>();

/** The columns of a view whose values are drawn over time: those on screen first. Numbers that are names are none. */
export function figuresOf(view: View): readonly string[] {
  const found =
    known.get(view) ??
    Object.entries<AnyColumn>(view.columns)
      .filter(([name, { kind, internal, hidden }]) => {
        if (internal || !numbers.has(kind) || view.rowKey.includes(name)) return false;
        return !isName.test(name) && (kind !== "integer" || !hidden);
      })
      .toSorted(([, a], [, b]) => Number(a.hidden ?? false) - Number(b.hidden ?? false))
      .map(([name]) => name)
      .slice(0, mostFigures);
  known.set(view, found);
  return found;
}

/** Process ids, OIDs and ports are told apart, not compared; the time since a start is a straight line. */
const isName = /(^|_)(pid|pids|oid|port|timeline|version|uptime)$/;
