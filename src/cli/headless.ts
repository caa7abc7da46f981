import type { Flags, Settings } from "../config/settings.ts";
import { loadOnce } from "../services/config-files.ts";
import { ConnectionManager } from "../services/nodes/connection-manager.ts";
import { sleep } from "../services/schedule.ts";
import { evaluateRound, newEntry, nothingCarried } from "../services/watch/observation.ts";
import { type CounterMemory, pulseOf, sampleView } from "../services/watch/sampling.ts";
import type { NodeEntry } from "../store/nodes.ts";
import type { Sample } from "../store/samples.ts";
import { fleet } from "../views/server/fleet.ts";
import type { View } from "../views/view.ts";
import { complain } from "./output.ts";

/** One node's answer outside of the screen. */
export type Reading = { readonly entry: NodeEntry; readonly sample: Sample };

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
  const round = async (): Promise<Map<string, Sample>> => {
    const samples = settings.nodes.map(async ({ name }) => {
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
    let concluded = concludeRound(settings, manager, samples, nothingCarried);
    if (intervalMs > 0 && Object.values(view.columns).some(({ kind }) => kind === "perSecond")) {
      await sleep(intervalMs);
      samples = await round();
    }
    // The second judgement is what hysteresis waits for; one sample is all that a one-shot command has.
    concluded = concludeRound(settings, manager, samples, concluded.carried);
    return settings.nodes.flatMap(({ name }) => {
      const entry = concluded.nodes[name];
      const sample = samples.get(name);
      return entry && sample
        ? [{ entry, sample: view.name === fleet.name ? withLag(sample, entry) : sample }]
        : [];
    });
  } finally {
    await manager.stop(0);
  }
}

function concludeRound(
  settings: Settings,
  manager: ConnectionManager,
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
    const pulse = pulseOf(sample);
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

/** The columns of the fleet view that no server can answer alone. */
function withLag(sample: Sample, { lag }: NodeEntry): Sample {
  if (sample.state !== "ok") return sample;
  const columns = { lag_bytes: lag?.bytes ?? null, lag_seconds: lag?.seconds ?? null };
  return { ...sample, rows: sample.rows.map((row) => ({ ...row, ...columns })) };
}
