import { compared } from "../views/compared.ts";
import type { Row } from "../views/row.ts";
import { lastAnswer, type OkSample, type Sample } from "../views/sample.ts";
import { pulseView } from "../views/server/pulse.ts";
import type { AskedView } from "../views/view.ts";
import type { Observed } from "./store.ts";

/** The finished rows of a sample; null where the question was not answered. */
export function freshRows(
  view: AskedView,
  sample: Sample | undefined,
  earlier: OkSample | undefined,
): readonly Row[] | null {
  return sample?.state === "ok" ? compared(view, sample, earlier ?? null, "rate") : null;
}

type Answers = Pick<Observed, "nodes" | "samples" | "earlier">;

/**
 * The finished rows of the newest answer of a node, also where a later question failed; null where there is none.
 * Counters are per second of the time since the answer before.
 */
export function rowsOf(
  { nodes, samples, earlier }: Answers,
  view: AskedView,
  node: string,
): readonly Row[] | null {
  const now = lastAnswer(samples[view.name]?.[node]);
  // The pulse's row is finished with what is known of other nodes too.
  const pulse = view === pulseView ? nodes[node]?.pulse : null;
  if (pulse) return [pulse];
  return now && compared(view, now, earlier[view.name]?.[node] ?? null, "rate");
}
