import fuzzysort from "fuzzysort";
import type { Choice } from "./command.ts";

/**
 * What matches the text, best first, at most `limit` of it. What matches equally well keeps its order: of billing-1 and
 * billing-2 the first is meant.
 */
export function ranked(text: string, all: readonly Choice[], limit = 200): Choice[] {
  const at = new Map(all.map((choice, index) => [choice, index]));
  return fuzzysort
    .go(text, all, { key: "label" })
    .map(({ obj, score }) => ({ obj, score, at: at.get(obj) ?? 0 }))
    .sort((a, b) => b.score - a.score || a.at - b.at)
    .slice(0, limit)
    .map(({ obj }) => obj);
}
