import { type Demand, lookedAtShare, unaskedShare, united } from "../../stats/demand.ts";
import type { Wanted } from "../../store/wanted.ts";
import { pulseView } from "../../views/server/pulse.ts";
import { databases } from "../../views/storage/databases.ts";
import type { AskedView, OnlyWhere, ViewOptions } from "../../views/view.ts";

/**
 * A view that is asked of every node as long as the program runs, whatever is on screen; with `onlyWhere` of those of
 * which the newest rows of another such view say so.
 */
export type Standing = {
  readonly view: AskedView;
  readonly everyMs: number;
  readonly onlyWhere?: OnlyWhere;
  readonly onlyOn?: ReadonlySet<string>;
};

/** A view that is wanted of a node, and how it is asked. */
export type Wish = Demand & {
  readonly view: AskedView;
  readonly viewOptions: ViewOptions;
  readonly onlyWhere?: OnlyWhere | undefined;
};

/** Since when each view of each node is wanted with its options. */
export type Since = ReadonlyMap<string, number>;

type Asking = {
  /** What is looked at, at each refresh. */
  readonly wanted: readonly Wanted[];
  readonly standing: readonly Standing[];
  /** The nodes that are asked what stands. */
  readonly nodes: readonly string[];
  readonly refreshMs: number;
  readonly tickMs: number;
};

/** How often a node is asked which databases it has, while a view of each is wanted. */
const listEveryMs = 15_000;

const plain: ViewOptions = { idle: false, wholeText: false };

/** What is wanted of each node beside the pulse, which brings its own view. */
export function wishesOf(
  { wanted, standing, nodes, refreshMs, tickMs }: Asking,
  before: Since,
  nowMs: number,
): { readonly byNode: ReadonlyMap<string, readonly Wish[]>; readonly since: Since } {
  const since = new Map<string, number>();
  const screen = wanted.flatMap(({ view, nodes: of, viewOptions }) =>
    of.map((node): Wish => {
      const key = JSON.stringify([view.name, node, viewOptions]);
      const sinceMs = before.get(key) ?? nowMs;
      since.set(key, sinceMs);
      // What is remembered over time is no finer for a slow refresh.
      const everyMs = view.keeps ? Math.min(refreshMs, view.everyMs ?? refreshMs) : refreshMs;
      return { node, view, viewOptions, everyMs, share: lookedAtShare, sinceMs };
    }),
  );
  const unasked = standing.flatMap((one) =>
    nodes.flatMap((node): Wish | [] => {
      if (one.onlyOn?.has(node) === false) return [];
      const everyMs = Math.max(one.everyMs, tickMs);
      const { view, onlyWhere } = one;
      return { node, view, viewOptions: plain, everyMs, share: unaskedShare, sinceMs: 0, onlyWhere };
    }),
  );
  const lists = [...screen, ...unasked].flatMap((wish): Wish[] =>
    wish.view.scope === "server"
      ? []
      : [{ ...wish, view: databases, viewOptions: plain, everyMs: Math.max(wish.everyMs, listEveryMs) }],
  );
  const all = united([...screen, ...unasked, ...lists]).filter(({ view }) => view !== pulseView);
  return { byNode: Map.groupBy(all, ({ node }) => node), since };
}
