import { growth } from "../stats/rates.ts";
import type { Row } from "./row.ts";
import type { OkSample } from "./sample.ts";
import { type AskedView, keyOf } from "./view.ts";

/** How counters are shown: per second of the time between two samples, or as what came to them. */
export type Comparison = "rate" | "delta";

type Memo = { readonly before: OkSample | null; readonly rows: readonly Row[] };

const memos: Readonly<Record<Comparison, WeakMap<OkSample, Memo>>> = {
  rate: new WeakMap(),
  delta: new WeakMap(),
};

/**
 * The rows of a sample with each counter against that of an earlier one, which may be any of the same view and node.
 * Null where there is nothing to compare with: no earlier sample or one of another life of the server, a new row, a row
 * whose statistics were reset, a counter that went back. Computed once for two samples.
 */
export function compared(
  view: AskedView,
  now: OkSample,
  before: OkSample | null,
  as: Comparison,
): readonly Row[] {
  const counters = Object.keys(view.columns).filter((name) => view.columns[name]?.kind === "perSecond");
  if (counters.length === 0) return now.rows;
  const known = memos[as].get(now);
  if (known && known.before === before) return known.rows;
  const earlier = before?.epoch === now.epoch ? before : null;
  const rows = comparedRows(view, counters, now, earlier, as);
  memos[as].set(now, { before, rows });
  return rows;
}

function comparedRows(
  view: AskedView,
  counters: readonly string[],
  now: OkSample,
  before: OkSample | null,
  as: Comparison,
): Row[] {
  const byKey = new Map(before?.rows.map((row) => [keyOf(view, row), row]));
  const seconds = before ? (now.atMs - before.atMs) / 1000 : 0;
  const reset = view.resetAt;
  return now.rows.map((row) => {
    const last = byKey.get(keyOf(view, row));
    const isSame = last && seconds > 0 && (reset === undefined || last[reset] === row[reset]);
    const shown: Record<string, unknown> = { ...row };
    for (const name of counters) {
      const grown = isSame ? growth(last[name], row[name]) : null;
      shown[name] = grown === null ? null : as === "rate" ? Number(grown) / seconds : Number(grown);
    }
    return shown;
  });
}
