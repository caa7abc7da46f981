import type { Flags, Settings } from "../config/settings.ts";
import { type RuleName, rules, standingDemand } from "../rules/all.ts";
import { basesIn } from "../rules/judge.ts";
import type { Rule } from "../rules/rule.ts";
import { loadOnce } from "../services/config-files.ts";
import { ConnectionManager } from "../services/nodes/connection-manager.ts";
import { sleep } from "../services/schedule.ts";
import { evaluateRound, newEntry, nothingCarried } from "../services/watch/observation.ts";
import { type CounterMemory, pulseOf, sampleView } from "../services/watch/sampling.ts";
import { fleetSamples } from "../store/fleet-samples.ts";
import type { NodeEntry } from "../store/nodes.ts";
import type { Observed } from "../store/store.ts";
import type { Sample, Samples } from "../views/sample.ts";
import { pulseView } from "../views/server/pulse.ts";
import { type AskedView, neededBy, notesOn, type Row, type View } from "../views/view.ts";
import { complain } from "./output.ts";

/** One node's answer outside of the screen, and what its rows leave out. */
export type Reading = {
  readonly entry: NodeEntry;
  readonly sample: Sample;
  readonly notes: readonly string[];
};

/** The settings for a headless command, or its exit code after the problems were printed. */
export async function settingsFor(flags: Flags, targets: readonly string[]): Promise<Settings | number> {
  const loaded = await loadOnce(flags, targets);
  if (!loaded.ok) {
    complain(loaded.error.message);
    return 3;
  }
  for (const warning of loaded.settings.warnings) complain(`pgparade: ${warning}`);
  return loaded.settings;
}

/** What a node answered, by view. */
type NodeSamples = ReadonlyMap<string, Sample>;

/**
 * Asks every node for one view, or for those that it is concluded from, twice with `intervalMs` between when it has
 * rates, and closes everything. One reading a node, in the order of the settings; a node that fails is a reading too.
 * With `judged` these rules are judged as well, by all the views that they need.
 */
export async function readAll(
  settings: Settings,
  view: View,
  intervalMs: number,
  judged: readonly Rule<RuleName>[] = [],
): Promise<Reading[]> {
  const manager = new ConnectionManager();
  const counters = new Map<string, CounterMemory>();
  for (const node of settings.nodes) {
    manager.add(node);
    counters.set(node.name, new Map());
  }
  const standing = judged.length > 0 ? [pulseView, ...standingDemand(judged).map((one) => one.view)] : [];
  const needed = [...new Set([...neededBy(view), ...standing])];
  const round = async (
    asking: readonly AskedView[],
    before: ReadonlyMap<string, NodeSamples> = new Map(),
  ): Promise<Map<string, NodeSamples>> => {
    const samples = settings.nodes.map(async ({ name }) => {
      // A node that did not answer is not waited for again.
      const earlier = before.get(name) ?? new Map<string, Sample>();
      if (asking.some((asked) => (earlier.get(asked.name)?.state ?? "ok") !== "ok"))
        return [name, earlier] as const;
      const options = {
        viewOptions: { idle: true, wholeText: true },
        counters: counters.get(name) ?? new Map(),
        speaksForHealth: !asking.includes(pulseView),
      };
      const answers = new Map(earlier);
      for (const asked of asking) {
        const isPulse = asked === pulseView;
        const sample = await sampleView(
          manager,
          name,
          asked,
          isPulse ? { ...options, speaksForHealth: true } : options,
        );
        answers.set(asked.name, sample);
        // A node without a pulse is judged by that alone.
        if (isPulse && sample.state !== "ok") break;
      }
      return [name, answers] as const;
    });
    return new Map(await Promise.all(samples));
  };
  try {
    let samples = await round(needed);
    let concluded = concludeRound(settings, manager, samples, nothingCarried, judged);
    const askedMs = performance.now();
    while (
      needed.includes(pulseView) &&
      isLagOpen(concluded.nodes) &&
      performance.now() - askedMs < lagSettlesMs
    ) {
      await sleep(lagStepMs);
      samples = await round([pulseView], samples);
      concluded = concludeRound(settings, manager, samples, clocksOf(concluded), judged);
    }
    const isLong = intervalMs > 0 && needed.some(hasRates);
    if (isLong) {
      await sleep(intervalMs);
      samples = await round(needed);
    }
    const carried = isLong ? countedSince(concluded) : clocksOf(concluded);
    concluded = concludeRound(settings, manager, samples, carried, judged);
    return readingsOf(view, settings, concluded, samples);
  } finally {
    await manager.stop(0);
  }
}

/** The last look counts: only what was learnt of positions in WAL goes on. */
function clocksOf({ carried }: { readonly carried: typeof nothingCarried }): typeof nothingCarried {
  return { ...nothingCarried, clocks: carried.clocks };
}

/** The same, with what the first samples counted. */
function countedSince(concluded: { readonly carried: typeof nothingCarried }): typeof nothingCarried {
  const alerts = Array.from(concluded.carried.alerts, ([node, memory]) => [node, basesIn(memory)] as const);
  return { ...clocksOf(concluded), alerts: new Map(alerts) };
}

/** For so long a standby that is behind is asked again: one that follows has replayed by then what the primary had. */
const lagSettlesMs = 2000;
const lagStepMs = 100;

/** A standby is behind, and one look cannot tell since when: a millisecond or a day. */
function isLagOpen(nodes: Readonly<Record<string, NodeEntry>>): boolean {
  return Object.values(nodes).some(
    ({ lag }) => lag?.bytes != null && (lag.seconds === null || (lag.atLeast && lag.source === "lsn-clock")),
  );
}

const hasRates = ({ columns }: View) => Object.values(columns).some(({ kind }) => kind === "perSecond");

function readingsOf(
  view: View,
  settings: Settings,
  { nodes, clusters }: Pick<Observed, "nodes" | "clusters">,
  answers: ReadonlyMap<string, NodeSamples>,
): Reading[] {
  const names = settings.nodes.map(({ name }) => name).filter((name) => nodes[name] && answers.has(name));
  if (view.kind === "asked")
    return names.flatMap((name) => {
      const [entry, sample] = [nodes[name], answers.get(name)?.get(view.name)];
      return entry && sample ? [readingOf(view, entry, sample)] : [];
    });
  const samples = byView(answers);
  const nowMs = performance.now();
  const rows = view.rows(
    fleetSamples({ nowMs, clockMs: Date.now(), nodes, clusters, samples, events: [], paces: {} }, names),
  );
  return names.flatMap((name) => {
    const entry = nodes[name];
    const asked = view.needs.flatMap((one) => samples[one.name]?.[name] ?? []);
    const own = rows.filter(({ node }) => node === name);
    if (!entry) return [];
    const notes = view.needs.flatMap((one) => {
      const answer = samples[one.name]?.[name];
      return answer ? readingOf(one, entry, answer).notes : [];
    });
    return [{ entry, sample: concludedSample(asked, own, nowMs), notes: [...new Set(notes)] }];
  });
}

/** A view that was not answered has no rows, like any other; one that asks nothing, such as alerts, has them all the same. */
function concludedSample(asked: readonly Sample[], rows: readonly Row[], nowMs: number): Sample {
  const failed = asked.find(({ state }) => state === "failed");
  if (failed?.state === "failed") return { ...failed, rows: [], atMs: null };
  const absent = asked.find(({ state }) => state === "notApplicable");
  if (absent && rows.length === 0) return absent;
  const times = asked.flatMap((sample) => (sample.state === "ok" ? sample.atMs : []));
  return { state: "ok", rows, atMs: times.length > 0 ? Math.min(...times) : nowMs };
}

function byView(answers: ReadonlyMap<string, NodeSamples>): Samples {
  const samples: Record<string, Record<string, Sample>> = {};
  for (const [node, answered] of answers)
    for (const [name, sample] of answered) samples[name] = { ...samples[name], [node]: sample };
  return samples;
}

function readingOf(view: AskedView, entry: NodeEntry, sample: Sample): Reading {
  if (view.name === pulseView.name)
    return {
      entry,
      sample: withLag(sample, entry),
      notes: [...entry.unknowns.map(({ reason }) => reason), ...lowerBound(entry)],
    };
  const notes = sample.state === "ok" && entry.facts ? notesOn(view, sample.rows, entry.facts) : [];
  return { entry, sample, notes };
}

function concludeRound(
  settings: Settings,
  manager: ConnectionManager,
  samples: ReadonlyMap<string, NodeSamples>,
  carried: typeof nothingCarried,
  judged: readonly Rule<RuleName>[],
) {
  const entries = new Map<string, NodeEntry>();
  for (const node of settings.nodes) {
    const health = manager.health(node.name);
    const pool = manager.poolStatistics(node.name);
    if (!health || !pool || !samples.has(node.name)) continue;
    const sample = samples.get(node.name)?.get(pulseView.name);
    const entry = newEntry(node, health, pool);
    const pulse = sample ? pulseOf(sample) : null;
    const pulseAtMs = sample?.state === "ok" ? sample.atMs : null;
    entries.set(node.name, { ...entry, facts: manager.facts(node.name), pulse, pulseAtMs });
  }
  return evaluateRound(
    settings.nodes,
    settings.clusters,
    entries,
    new Set(entries.keys()),
    carried,
    performance.now(),
    { samples: byView(samples), judged: judged.length > 0 ? judged : rules, look: "once" },
  );
}

/** A look of seconds does not tell an hour from a day. */
function lowerBound({ lag }: NodeEntry): string[] {
  return lag?.atLeast && lag.seconds !== null
    ? ["the replay lag may be longer: the standby was behind from the first sample on"]
    : [];
}

/** The columns of the fleet view that no server can answer alone. */
function withLag(sample: Sample, { lag }: NodeEntry): Sample {
  if (sample.state !== "ok") return sample;
  const columns = { lag_bytes: lag?.bytes ?? null, lag_seconds: lag?.seconds ?? null };
  return { ...sample, rows: sample.rows.map((row) => ({ ...row, ...columns })) };
}
