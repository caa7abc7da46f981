import type { ClusterSettings } from "../../config/settings.ts";
import type { Pace } from "../../stats/demand.ts";
import type { Listed } from "../../stats/discovery.ts";
import { eventsBetween, withEvents } from "../../stats/events.ts";
import { isUp } from "../../stats/health.ts";
import type { OwnCost } from "../../stats/own-cost.ts";
import { hasUpTo } from "../../stats/replication/lag.ts";
import type { Stress } from "../../stats/stress.ts";
import { keptPulses, pulseRow, replayRate } from "../../store/fleet-samples.ts";
import type { NodeEntry } from "../../store/nodes.ts";
import type { Observed } from "../../store/store.ts";
import { lastAnswer, partsOf, withKept, withPart } from "../../views/compared.ts";
import type { Sample } from "../../views/sample.ts";
import { pulseView } from "../../views/server/pulse.ts";
import { settingEvents } from "../../views/settings/setting-events.ts";
import type { AskedView } from "../../views/view.ts";
import type { ConnectionManager } from "../nodes/connection-manager.ts";
import { evaluateRound, type Judging, newEntry, nothingCarried } from "./observation.ts";

/** The database that answered, among those of the node that are asked. */
export type Part = { readonly database: string; readonly among: readonly string[] };

/** What one node, or one database of it, answered when it was asked for a view, and how far the view is slowed down there; null where it is not. */
export type Taken = {
  readonly view: AskedView;
  readonly node: string;
  readonly sample: Sample;
  readonly pace: Pace | null;
  readonly part?: Part | null;
};

type Asking = {
  /** The view that takes the most of a node's time. */
  readonly dearest: (node: string) => OwnCost["dearest"];
  readonly stress: (node: string) => Stress | null;
};

/** What is known of all nodes, from one round of answers to the next. */
export class Rounds {
  readonly #manager: ConnectionManager;
  readonly #judging: Judging;
  readonly #asking: Asking;
  #clusters: readonly ClusterSettings[];
  #listed: ReadonlyMap<string, Listed> = new Map();
  readonly #entries = new Map<string, NodeEntry>();
  /** What came since the last round: nodes with a new pulse, samples, and nodes that are gone. */
  readonly #fresh = new Set<string>();
  readonly #taken = new Map<string, Taken>();
  readonly #removed = new Set<string>();
  /** New names of nodes, each with the name that it had in the round before. */
  readonly #renamed = new Map<string, string>();
  #carried = nothingCarried;

  /** @param asking what is known of nodes that are asked again and again */
  constructor(
    manager: ConnectionManager,
    clusters: readonly ClusterSettings[],
    judging: Judging = {},
    asking: Asking = { dearest: () => null, stress: () => null },
  ) {
    this.#manager = manager;
    this.#clusters = clusters;
    this.#judging = judging;
    this.#asking = asking;
  }

  /** The nodes stand in these clusters from now on. */
  regroup(clusters: readonly ClusterSettings[]): void {
    this.#clusters = clusters;
  }

  /** Sources say this of nodes, by their names, from now on. */
  list(listed: ReadonlyMap<string, Listed>): void {
    this.#listed = listed;
    for (const node of new Set([...this.#entries.keys(), ...listed.keys()])) this.refresh(node);
  }

  /** Takes the newest sample of a view; one of the pulse view is the node's pulse. */
  take(taken: Taken): void {
    this.#taken.set(JSON.stringify([taken.view.name, taken.node, taken.part?.database]), taken);
    if (taken.view === pulseView) this.#takePulse(taken);
    else this.refresh(taken.node);
  }

  #takePulse({ node, sample }: Taken): void {
    this.#fresh.add(node);
    const before = this.#entries.get(node);
    if (sample.state !== "ok") return void this.refresh(node);
    const pulses = [...(before?.pulses ?? []), sample].slice(-keptPulses);
    const pulse = pulseRow(pulses, this.#manager.facts(node), before?.lag ?? null);
    if (pulse?.in_recovery != null) {
      const { in_recovery: inRecovery, timeline, receive_lsn: received } = pulse;
      const upTo = hasUpTo(pulse);
      this.#manager.observeRole(node, { inRecovery, timeline, upTo, restores: upTo !== received });
    }
    const entry = this.refresh(node);
    if (!entry) return;
    const known = { pulses, pulse, pulseAtMs: sample.atMs, replayRate: replayRate(pulses) };
    const ourCost = { ...entry.ourCost, dearest: this.#asking.dearest(node) };
    this.#entries.set(node, { ...entry, ...known, ourCost });
  }

  /** What is remembered of a node goes on under its new name. */
  rename(from: string, to: string): void {
    const entry = this.#entries.get(from);
    if (entry) this.#entries.set(to, { ...entry, name: to });
    this.#renamed.set(to, this.#renamed.get(from) ?? from);
    this.#carried = {
      clocks: moved(this.#carried.clocks, from, to),
      alerts: moved(this.#carried.alerts, from, to),
    };
    this.forget(from);
  }

  /** An operation has changed it: rules count anew from here. */
  acted(node: string): void {
    const entry = this.#entries.get(node);
    if (entry) this.#entries.set(node, { ...entry, actedAtMs: performance.now() });
  }

  /** What came of views of these names in this round is not of what is called so now. */
  forgetViews(names: ReadonlySet<string>): void {
    for (const [key, { view }] of this.#taken) if (names.has(view.name)) this.#taken.delete(key);
  }

  forget(node: string): void {
    this.#entries.delete(node);
    this.#fresh.delete(node);
    // What came of it in this round is of the node that is gone, and another may have its name next.
    for (const [key, taken] of this.#taken) if (taken.node === node) this.#taken.delete(key);
    this.#removed.add(node);
  }

  /** Takes over the manager's newest health, facts and pool statistics of a node, and returns its entry. */
  refresh(node: string): NodeEntry | null {
    const settings = this.#manager.get(node);
    const health = this.#manager.health(node);
    const pool = this.#manager.poolStatistics(node);
    if (!settings || !health || !pool) return null;
    const before = this.#entries.get(node) ?? newEntry(settings, health, pool);
    const { group, colour, production, actions, hotStandby } = settings;
    const facts = this.#manager.facts(node);
    const isFlipped = before.facts && facts && before.facts.inRecovery !== facts.inRecovery;
    const promotedAtMs = isFlipped ? performance.now() : before.promotedAtMs;
    const cost = this.#manager.cost(node) ?? before.ourCost;
    const ourCost = { ...cost, dearest: isUp(health) ? before.ourCost.dearest : null };
    const stress = this.#asking.stress(node);
    const listed = this.#listed.get(node) ?? null;
    const known = { health, pool, ourCost, stress, facts, promotedAtMs, listed };
    const entry = { ...before, group, colour, production, actions, hotStandby, ...known };
    this.#entries.set(node, entry);
    return entry;
  }

  /** Ends a round: what is known now, after `before`. */
  conclude(before: Observed): Observed {
    const nowMs = performance.now();
    const settings = this.#manager.list().flatMap((node) => this.#manager.get(node) ?? []);
    const taken = [...this.#taken.values()];
    const samples = replaced(before.samples, this.#removed, taken, ({ view, sample, part }, known) =>
      part ? withPart(known, part.database, sample, part.among) : withKept(view, sample, known),
    );
    const earlier = replaced(before.earlier, this.#removed, taken, ({ view, node, sample, part }, known) => {
      if (sample.state !== "ok") return known ?? null;
      const last = before.samples[view.name]?.[node];
      if (!part) return lastAnswer(last);
      const lastPart = lastAnswer(partsOf(last).get(part.database));
      return lastAnswer(withPart(known, part.database, lastPart, part.among) ?? undefined);
    });
    const paces = replaced(before.paces, this.#removed, taken, ({ pace }) => pace);
    const { nodes, clusters, carried } = evaluateRound({
      ...this.#judging,
      ...{ settings, clusters: this.#clusters, entries: this.#entries, carried: this.#carried, nowMs },
      ...{ samples, earlier, fresh: this.#fresh, sampled: new Set(taken.map(({ node }) => node)) },
    });
    this.#carried = carried;
    for (const entry of Object.values(nodes)) this.#entries.set(entry.name, entry);
    const known = { ...before.nodes };
    for (const [to, from] of this.#renamed) {
      const was = before.nodes[from];
      if (was) known[to] = was;
    }
    for (const seen of [this.#fresh, this.#taken, this.#removed, this.#renamed]) seen.clear();
    const clockMs = Date.now();
    const changed = settingEvents({ samples: before.samples, nodes: known }, { samples, nodes }, clockMs);
    const events = withEvents(before.events, [...eventsBetween(known, nodes, clockMs), ...changed]);
    return { nowMs, clockMs, nodes, clusters, samples, earlier, paces, events, history: before.history };
  }
}

type ByView<Value> = Readonly<Record<string, Readonly<Record<string, Value>>>>;

/**
 * The values by view and node without those of removed nodes, and with the new ones, which may follow from those so far;
 * null leaves a value out.
 */
function replaced<Value>(
  before: ByView<Value>,
  removed: ReadonlySet<string>,
  taken: readonly Taken[],
  pick: (taken: Taken, known: Value | undefined) => Value | null,
): ByView<Value> {
  if (removed.size === 0 && taken.length === 0) return before;
  const byView = new Map(Object.entries(before).map(([view, values]) => [view, { ...values }]));
  for (const values of byView.values()) for (const node of removed) delete values[node];
  for (const one of taken) {
    const values = byView.get(one.view.name) ?? {};
    byView.set(one.view.name, values);
    const value = pick(one, values[one.node]);
    if (value === null) delete values[one.node];
    else values[one.node] = value;
  }
  return Object.fromEntries(byView);
}

function moved<Value>(
  values: ReadonlyMap<string, Value>,
  from: string,
  to: string,
): ReadonlyMap<string, Value> {
  return new Map(Array.from(values, ([name, value]) => [name === from ? to : name, value]));
}
