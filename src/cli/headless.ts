import type { Flags, Settings } from "../config/settings.ts";
import { loadOnce } from "../services/config-files.ts";
import { ConnectionManager } from "../services/nodes/connection-manager.ts";
import { sleep } from "../services/schedule.ts";
import { evaluateRound, newEntry, nothingCarried } from "../services/watch/observation.ts";
import { type CounterMemory, pulseOf, sampleView } from "../services/watch/sampling.ts";
import type { NodeEntry } from "../store/nodes.ts";
import type { Sample } from "../views/sample.ts";
import { fleet } from "../views/server/fleet.ts";
import { notesOn, type View } from "../views/view.ts";
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

/**
 * Asks every node for one view, twice with `intervalMs` between when it has rates, and closes everything.
 * One reading a node, in the order of the settings; a node that fails is a reading too.
 */
export async function readAll(settings: Settings, view: View, intervalMs: number): Promise<Reading[]> {
  const manager = new ConnectionManager();
  const counters = new Map<string, CounterMemory>();
  for (const node of settings.nodes) {
    manager.add(node);
    counters.set(node.name, new Map());
  }
  const round = async (before = new Map<string, Sample>()): Promise<Map<string, Sample>> => {
    const samples = settings.nodes.map(async ({ name }) => {
      // A node that did not answer is not waited for again.
      const failed = before.get(name);
      if (failed && failed.state !== "ok") return [name, failed] as const;
      const viewOptions = { idle: true, wholeText: true };
      const memory = counters.get(name) ?? new Map();
      return [
        name,
        await sampleView(manager, name, view, { viewOptions, counters: memory, before: undefined }),
      ] as const;
    });
    return new Map(await Promise.all(samples));
  };
  try {
    let samples = await round();
    let concluded = concludeRound(settings, manager, view, samples, nothingCarried);
    const askedMs = performance.now();
    while (
      view.name === fleet.name &&
      isLagOpen(concluded.nodes) &&
      performance.now() - askedMs < lagSettlesMs
    ) {
      await sleep(lagStepMs);
      samples = await round(samples);
      // The last look counts: only what was learnt of positions in WAL goes on.
      const { clocks } = concluded.carried;
      concluded = concludeRound(settings, manager, view, samples, { ...nothingCarried, clocks });
    }
    if (intervalMs > 0 && Object.values(view.columns).some(({ kind }) => kind === "perSecond")) {
      await sleep(intervalMs);
      samples = await round();
    }
    // The second judgement is what hysteresis waits for; one sample is all that a one-shot command has.
    concluded = concludeRound(settings, manager, view, samples, concluded.carried);
    return settings.nodes.flatMap(({ name }) => {
      const entry = concluded.nodes[name];
      const sample = samples.get(name);
      return entry && sample ? [readingOf(view, entry, sample)] : [];
    });
  } finally {
    await manager.stop(0);
  }
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

function readingOf(view: View, entry: NodeEntry, sample: Sample): Reading {
  if (view.name === fleet.name)
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
  view: View,
  samples: ReadonlyMap<string, Sample>,
  carried: typeof nothingCarried,
) {
  const entries = new Map<string, NodeEntry>();
  for (const node of settings.nodes) {
    const health = manager.health(node.name);
    const pool = manager.poolStatistics(node.name);
    const sample = samples.get(node.name);
    if (!health || !pool || !sample) continue;
    const entry = newEntry(node, health, pool);
    const pulse = view.name === fleet.name ? pulseOf(sample) : null;
    const pulseAtMs = sample.state === "ok" ? sample.atMs : null;
    entries.set(node.name, { ...entry, facts: manager.facts(node.name), pulse, pulseAtMs });
  }
  return evaluateRound(
    settings.nodes,
    settings.clusters,
    entries,
    new Set(entries.keys()),
    carried,
    performance.now(),
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
