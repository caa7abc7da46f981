import type { SourceSettings } from "../../config/settings.ts";
import type { Answer, Outcome } from "../../stats/discovery.ts";

/** A list of 50 members with their tags has 30 kB. */
export const largestAnswerBytes = 262_144;

/**
 * Lists the members of a cluster. It never rejects, ends within `deadlineMs` of the settings, bounds what it reads, and
 * asks no more once `stop` is aborted. `known` is its own last good answer, null at first. A further kind is a file like srv.ts and a line in sources.ts.
 */
export type Source<Kind extends SourceSettings["kind"]> = (
  settings: Extract<SourceSettings, { readonly kind: Kind }>,
  stop: AbortSignal,
  known: Answer | null,
) => Promise<Outcome>;
