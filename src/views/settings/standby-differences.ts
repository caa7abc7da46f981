import { safeName } from "../../text/text.ts";
import type { Row } from "../row.ts";
import { classOf, hotStandbySettings } from "./expected.ts";
import { masked } from "./setting-sql.ts";
import { valueIn } from "./setting-values.ts";

export type Differing = { readonly name: string; readonly here: string; readonly there: string };

/**
 * What a standby has otherwise than its primary, by what both list. Both are of one major: what a server does not list is at the
 * default that the other one tells, unless the role may not see all.
 */
export function standbyDifferences(
  here: readonly Row[],
  there: readonly Row[],
  seesAll: boolean,
): Differing[] {
  const [own, others] = [here, there].map((rows) => new Map(rows.map((row) => [String(row["name"]), row])));
  if (!own || !others) return [];
  return [...new Set([...own.keys(), ...others.keys()])].toSorted().flatMap((name) => {
    if (classOf(name) !== "plain" || (!seesAll && !(own.has(name) && others.has(name)))) return [];
    const values = [valueIn(own, others.get(name), name), valueIn(others, own.get(name), name)];
    const [mine, its] = values;
    if (mine == null || its == null || mine === its || values.includes(masked)) return [];
    return [{ name, here: mine, there: its }];
  });
}

/** A standby has less than it needs to go on replaying. */
export const isLess = ({ name, here, there }: Differing) =>
  hotStandbySettings.has(name) && Number(here) < Number(there);

/** The first few of them in words. */
export function inWords(differing: readonly Differing[]): string {
  const each = differing.slice(0, 3).map((one) => {
    const [here, there] = [one.here, one.there].map((value) =>
      value === "" ? "empty" : safeName(value, 40),
    );
    return `${safeName(one.name, 63)} is ${here}, there ${there}`;
  });
  return `${each.join("; ")}${differing.length > 3 ? `; ${differing.length - 3} more` : ""}`;
}
