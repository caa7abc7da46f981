import { partsOf } from "../views/compared.ts";
import type { Sample, Samples } from "../views/sample.ts";
import { withLastRow } from "./last-row.ts";
import { wantedViews } from "./on-screen.ts";
import type { Observed, State, Store } from "./store.ts";

/** What a place that was opened while the screen is paused waits for. */
type Awaited = {
  readonly sinceMs: number;
  readonly pairs: readonly (readonly [view: string, node: string])[];
};

const wantedText = (state: State) =>
  JSON.stringify(wantedViews(state).map(({ view, nodes, viewOptions }) => [view.name, nodes, viewOptions]));

/**
 * A place that is opened while the screen is paused has nothing to show, or what was seen long before. Its views are let
 * into the paused screen once: the first answers after it was opened stay until the pause ends, and a notice says so.
 */
export function answerPaused(store: Store): void {
  let awaited: Awaited | null = null;
  store.subscribe((state, before) => {
    if (!state.frozen || !before.frozen) {
      awaited = null;
      return;
    }
    if (state.screen !== before.screen && wantedText(state) !== wantedText(before)) {
      const pairs = wantedViews(state).flatMap(({ view, nodes }) =>
        nodes.map((node) => [view.name, node] as const),
      );
      if (pairs.length === 0) return;
      awaited = { sinceMs: state.observed.nowMs, pairs };
      const notice = "paused: what is new here is asked once; space goes on";
      // A row that is opened stays on screen as it was until it was asked anew.
      const screen = { ...withLastRow(state, state.frozen), notice };
      store.setState({ frozen: withSamples(state.frozen, pairs, {}), screen });
    } else if (awaited && state.observed !== before.observed) {
      const { sinceMs, pairs } = awaited;
      const come = pairs.filter(([view, node]) => isAfter(state.observed, view, node, sinceMs));
      if (come.length === 0) return;
      awaited = { sinceMs, pairs: pairs.filter((pair) => !come.includes(pair)) };
      store.setState({ frozen: withSamples(state.frozen, come, state.observed.samples) });
    }
  });
}

function isAfter({ samples }: Observed, view: string, node: string, sinceMs: number): boolean {
  const sample = samples[view]?.[node];
  const parts = partsOf(sample);
  const isNew = (one: Sample | null | undefined) =>
    one != null && (one.state !== "ok" || one.atMs >= sinceMs);
  return parts.size === 0 ? isNew(sample) : parts.values().every(isNew);
}

/** What was seen, with the samples of these pairs taken from elsewhere, or gone. */
function withSamples(seen: Observed, pairs: Awaited["pairs"], from: Samples): Observed {
  const samples: Record<string, Record<string, Sample>> = {};
  for (const [view, node] of pairs) {
    const ofView = samples[view] ?? { ...seen.samples[view] };
    const sample = from[view]?.[node];
    if (sample) ofView[node] = sample;
    else delete ofView[node];
    samples[view] = ofView;
  }
  return { ...seen, samples: { ...seen.samples, ...samples } };
}
