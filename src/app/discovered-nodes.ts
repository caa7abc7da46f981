import type { Settings, SourceSettings } from "../config/settings.ts";
import { failingText, type Listed, type Listing, listedOf } from "../stats/discovery.ts";

type Listings = { readonly listing: (cluster: string) => Listing };

const isIn = (member: string, { answer }: Listing) =>
  answer?.members.some(({ name }) => name === member) === true;

/** What the sources say of nodes, by their names. */
export function listedNodes(members: Settings["members"], listings: Listings): ReadonlyMap<string, Listed> {
  return new Map(
    members.flatMap(({ node, cluster, member, others }) => {
      const listing = listings.listing(cluster);
      const listed = listedOf(listing, cluster, member);
      const sharesWith = others.filter((other) => isIn(other, listing));
      return listed ? [[node, { ...listed, sharesWith }]] : [];
    }),
  );
}

/** What of the list of a cluster is not watched, and why, in words. */
export function leftOutOf(cluster: string, leftOut: Settings["leftOut"], listings: Listings): string[] {
  const listing = listings.listing(cluster);
  const unmade = leftOut.filter((one) => one.cluster === cluster && isIn(one.member, listing));
  return [...(listing.answer?.leftOut ?? []), ...unmade.map(({ member, why }) => `${member}: ${why}`)];
}

/** Which sources fail, and what of their lists is not watched; null where all is well. */
export function sourceProblem(
  { sources, leftOut }: Pick<Settings, "sources" | "leftOut">,
  listings: Listings,
): string | null {
  const problems = sources.flatMap(({ cluster }: SourceSettings) => {
    const { failing } = listings.listing(cluster);
    const left = leftOutOf(cluster, leftOut, listings);
    return [
      ...(failing ? [`${cluster}: ${failingText(failing)}`] : []),
      ...(left.length > 0 ? [`${cluster}: left out: ${left.join(", ")}`] : []),
    ];
  });
  return problems.length === 0 ? null : problems.join("; ");
}
