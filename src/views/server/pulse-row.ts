import type { ServerFacts } from "../../postgres/server.ts";
import type { Lag } from "../../stats/lag.ts";
import { compared } from "../compared.ts";
import type { OkSample } from "../sample.ts";
import { type PulseRow, pulseView } from "./pulse.ts";

/** A second of an idle server reads a handful of buffers: their hit ratio says nothing, that of ten seconds does. */
export const keptPulses = 11;

/**
 * The finished row of a node's pulse: with rates, and with what follows from facts and lag.
 * @param pulses the last {@link keptPulses} answers, oldest first
 */
export function pulseRow(
  pulses: readonly OkSample[],
  facts: ServerFacts | null,
  lag: Lag | null,
): PulseRow | null {
  const [first, now] = [pulses[0], pulses.at(-1)];
  const raw = now?.rows[0];
  if (!now || !raw) return null;
  const earlier = (first?.epoch === now.epoch && first.rows[0]) || null;
  const row: Record<string, unknown> = { ...compared(pulseView, now, pulses.at(-2) ?? null, "rate")[0] };
  for (const [name, { derive }] of Object.entries(pulseView.columns))
    if (derive) row[name] = derive({ raw, earlier, facts, lag }) ?? null;
  return row as PulseRow;
}
