/** What several servers have for one thing: by node, null where that is unknown. A node that is not compared is left out. */
export type Values = ReadonlyMap<string, string | null>;

export type Difference = {
  /** What most of them have; the primary's where as many have the one as the other; null where nothing tells. */
  readonly usual: string | null;
  /** The nodes that have something else; all of those that are known where nothing is usual. */
  readonly odd: readonly string[];
  /** Each value with its nodes, the most common first. */
  readonly groups: readonly { readonly value: string; readonly nodes: readonly string[] }[];
  readonly unknown: readonly string[];
  /** More than two thirds of those that are known have the usual value. */
  readonly isClear: boolean;
};

/** How the values differ, or null where all that are known are the same. Unknown is equal to nothing, and differs from nothing. */
export function differenceOf(values: Values, primary: string | null): Difference | null {
  const known = [...values].flatMap(([node, value]) => (value === null ? [] : [{ node, value }]));
  const groups = [...Map.groupBy(known, ({ value }) => value)]
    .map(([value, members]) => ({ value, nodes: members.map(({ node }) => node) }))
    .toSorted((a, b) => b.nodes.length - a.nodes.length);
  const [first, second] = groups;
  if (!first || !second) return null;
  const isMost = first.nodes.length > second.nodes.length;
  const ofPrimary = primary === null ? undefined : groups.find(({ nodes }) => nodes.includes(primary));
  const usual = isMost ? first : ofPrimary;
  return {
    usual: usual?.value ?? null,
    odd: groups.flatMap((group) => (group === usual ? [] : group.nodes)),
    groups,
    unknown: [...values].flatMap(([node, value]) => (value === null ? [node] : [])),
    isClear: isMost && first.nodes.length * 3 > known.length * 2,
  };
}

/** Whether enough of them have something for those that lack it to be odd: three at least, and more than two thirds. */
export const isCommon = (having: number, all: number): boolean => having >= 3 && having * 3 > all * 2;
