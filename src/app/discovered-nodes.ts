import type { MemberNode, SourceSettings } from "../config/settings.ts";
import { failingText, type Listed, type Listing, listedOf } from "../stats/discovery.ts";

type Listings = { readonly listing: (cluster: string) => Listing };

/** What the sources say of nodes, by their names. */
export function listedNodes(members: readonly MemberNode[], listings: Listings): ReadonlyMap<string, Listed> {
  return new Map(
    members.flatMap(({ node, cluster, member }) => {
      const listed = listedOf(listings.listing(cluster), cluster, member);
      return listed ? [[node, listed]] : [];
    }),
  );
}

/** Which sources fail, and what of their lists is not watched; null where all is well. */
export function sourceProblem(sources: readonly SourceSettings[], listings: Listings): string | null {
  const problems = sources.flatMap(({ cluster }) => {
    const { answer, failing } = listings.listing(cluster);
    const leftOut = answer?.leftOut ?? [];
    return [
      ...(failing ? [`${cluster}: ${failingText(failing)}`] : []),
      ...(leftOut.length > 0 ? [`${cluster}: left out: ${leftOut.join(", ")}`] : []),
    ];
  });
  return problems.length === 0 ? null : problems.join("; ");
}
