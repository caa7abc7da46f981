import { leftOutOf, listedNodes } from "../app/discovered-nodes.ts";
import type { Loaded } from "../config/load.ts";
import type { Found } from "../config/resolve/discovered.ts";
import type { Flags, Settings } from "../config/settings.ts";
import type { NodeError } from "../postgres/node-error.ts";
import { allRules, type StandingDemand, setCustomRules, standingDemand } from "../rules/all.ts";
import type { Rule } from "../rules/rule.ts";
import { loadOnce } from "../services/config-files.ts";
import { Discovery } from "../services/discovery/discovery.ts";
import { ConnectionManager } from "../services/nodes/connection-manager.ts";
import { sleep } from "../services/schedule.ts";
import { type Part, Rounds } from "../services/watch/rounds.ts";
import { sampleDatabases, sampleView } from "../services/watch/sampling.ts";
import type { Answer, Failing, Listed, SourceKind } from "../stats/discovery.ts";
import { fleetSamples } from "../store/fleet-samples.ts";
import type { NodeEntry } from "../store/nodes.ts";
import { nothingObserved, type Observed } from "../store/store.ts";
import { setCustomViews } from "../views/all.ts";
import { absentIn, isAskedOf, neededOf, neededToo, partsOf } from "../views/compared.ts";
import { replication } from "../views/replication/replication.ts";
import type { Row } from "../views/row.ts";
import type { Sample } from "../views/sample.ts";
import { pulseView } from "../views/server/pulse.ts";
import { type AskedView, neededBy, notesOn, type View } from "../views/view.ts";
import { complain } from "./output.ts";

/** The finished rows of one view from one node, or why there are none; of one that failed what is said of it all the same. */
export type Shown =
  | { readonly state: "ok"; readonly rows: readonly Row[]; readonly atMs: number }
  | {
      readonly state: "failed";
      readonly error: NodeError;
      readonly rows: readonly Row[];
      readonly atMs: number;
    }
  | { readonly state: "notApplicable"; readonly why: string };

/** One node's answer outside of the screen, and what its rows leave out. */
export type Reading = {
  readonly entry: NodeEntry;
  readonly sample: Shown;
  readonly notes: readonly string[];
  /** Databases whose rows are missing because they did not answer. */
  readonly failed: readonly { readonly database: string; readonly error: NodeError }[];
  /** Databases that were asked for by name, and that it does not have. */
  readonly without: readonly string[];
};

/** What a headless command begins with: the settings, with the nodes that sources of members list. */
type Setup = {
  readonly settings: Settings;
  readonly listed: ReadonlyMap<string, Listed>;
  readonly sources: readonly SourceState[];
};

/** What became of one source of members: `why` says what is not known of its cluster; null where all is. */
export type SourceState = {
  readonly cluster: string;
  readonly kind: string;
  /** How many it lists; null where it did not answer. */
  readonly members: number | null;
  readonly why: string | null;
};

/** The settings for a headless command, or its exit code after the problems were printed. Asks sources of members once. */
export async function settingsFor(flags: Flags, targets: readonly string[]): Promise<Setup | number> {
  let load: (found: Found) => Promise<Loaded>;
  const discovery = new Discovery(async (...question) => {
    const { walk } = await import("../services/discovery/replication.ts");
    return walk(async (found) => watchingIn(await load(found)))(...question);
  });
  const loaded = await loadOnce(flags, targets, (sources, again) => {
    load = again;
    return discovery.askOnce(sources);
  });
  if (!loaded.ok) {
    complain(loaded.error.message);
    return 3;
  }
  const { settings } = loaded;
  setCustomViews(settings.views);
  setCustomRules(settings.rules);
  for (const warning of settings.warnings) complain(`pgparade: ${warning}`);
  const sources = settings.sources.map(({ cluster, kind }) => {
    const { answer, failing } = discovery.listing(cluster);
    const leftOut = leftOutOf(cluster, settings.leftOut, discovery);
    const why = incomplete(kind, answer, failing, leftOut);
    return { cluster, kind, members: answer?.members.length ?? null, why };
  });
  return { settings, listed: listedNodes(settings.members, discovery), sources };
}

/** All that the config has, also what is not asked for: a server may tell of one that is. */
function watchingIn(loaded: Loaded) {
  return loaded.ok ? { ...loaded.settings, nodes: loaded.fleet.nodes } : null;
}

function incomplete(
  kind: SourceKind,
  answer: Answer | null,
  failing: Failing | null,
  leftOut: readonly string[],
): string | null {
  if (failing) return `its members are unknown: ${failing.why}`;
  const [first, ...others] = leftOut;
  // What replication tells of comes beside the written nodes, which may be all.
  if (answer === null || (answer.members.length === 0 && kind !== "replication")) {
    const more = others.length === 0 ? "" : `, and ${others.length} more`;
    return `it has no members that can be watched${first === undefined ? "" : `: ${first}${more}`}`;
  }
  return leftOut.length === 0 ? null : `left out: ${leftOut.join(", ")}`;
}

type ReadOptions = {
  readonly intervalMs: number;
  readonly judged?: readonly Rule[];
  /** Idle and background sessions too; so it is if not given. */
  readonly idle?: boolean;
  /** Which databases are asked, where a view is of each; all if none is named. */
  readonly databases?: readonly string[];
  /** What sources of members say of the nodes. */
  readonly listed?: ReadonlyMap<string, Listed>;
};

/**
 * Asks every node for one view, or for those that it is concluded from, twice with `intervalMs` between when it has
 * rates, and closes everything. One reading a node, in the order of the settings; a node that fails is a reading too.
 * With `judged` these rules are judged as well, by all the views that they need.
 */
export async function readAll(
  settings: Settings,
  view: View,
  { intervalMs, judged = [], idle = true, databases: only = [], listed = new Map() }: ReadOptions,
): Promise<Reading[]> {
  const viewOptions = { idle, wholeText: true };
  const manager = new ConnectionManager();
  const judging = { judged: judged.length > 0 ? judged : allRules(), look: "once" } as const;
  const rounds = new Rounds(manager, settings.clusters, judging);
  for (const node of settings.nodes) manager.add(node);
  rounds.list(listed);
  const demands = judged.length > 0 ? standingDemand(judged) : [];
  const isTold = ({ view, onlyWhere }: StandingDemand) =>
    // A session in each database costs more than another round.
    (onlyWhere !== undefined && view.scope === "database") ||
    judged.some(({ needsToo }) => needsToo?.some((one) => one.view === view && onlyWhere));
  const [some, everywhere] = [demands.filter(isTold), demands.filter((one) => !isTold(one))];
  const standing = judged.length > 0 ? [pulseView, ...everywhere.map((one) => one.view)] : [];
  const isForOthers = (one: AskedView, node: string) =>
    !neededBy(view).includes(one) &&
    demands.find((demand) => demand.view === one)?.onlyOn?.has(node) === false;
  const wanted = [...new Set([...neededBy(view), ...standing])];
  // Whether a listed node is up is known only from itself.
  const needed = wanted.length === 0 && listed.size > 0 ? [pulseView] : wanted;
  const all = settings.nodes.map(({ name }) => name);
  const ask = async (views: readonly AskedView[], nodes: readonly string[], before: Observed) => {
    const asked = nodes.map(async (node) => {
      for (const one of views) {
        if (isForOthers(one, node)) continue;
        const speaksForHealth = one === pulseView || !needed.includes(pulseView);
        const question = { viewOptions, speaksForHealth };
        if (one.scope === "database") {
          const take = (sample: Sample, part: Part) =>
            rounds.take({ view: one, node, sample, pace: null, part });
          const sample = await sampleDatabases(manager, node, one, { ...question, only }, take);
          if (sample) rounds.take({ view: one, node, sample, pace: null });
          continue;
        }
        const sample = await sampleView(manager, node, one, question);
        rounds.take({ view: one, node, sample, pace: null });
        // A node without a pulse is judged by that alone.
        if (one === pulseView && sample.state !== "ok") break;
      }
    });
    await Promise.all(asked);
    return rounds.conclude(before);
  };
  // A node that did not answer is not waited for again.
  const answered = ({ samples }: Observed) =>
    all.filter((node) => samples[pulseView.name]?.[node]?.state === "ok");
  try {
    let observed = await ask(needed, all, nothingObserved);
    const askedMs = performance.now();
    while (
      needed.includes(pulseView) &&
      isLagOpen(observed.nodes) &&
      performance.now() - askedMs < lagSettlesMs
    ) {
      await sleep(lagStepMs);
      observed = await ask([pulseView], answered(observed), observed);
    }
    if (needed.includes(pulseView) && isLagOpen(observed.nodes)) {
      const primaries = all.filter((node) => observed.nodes[node]?.facts?.inRecovery === false);
      observed = await ask([replication], primaries, observed);
      // A node is judged by its new samples only.
      observed = await ask([pulseView], answered(observed), observed);
    }
    // What some are asked for besides follows from what they have said.
    const askSome = async (those: readonly Pick<StandingDemand, "view" | "onlyWhere">[]) => {
      for (const one of those) {
        const told = fleetSamples(observed, all);
        const nodes = all.filter((node) => isAskedOf(one, told, node) && !isForOthers(one.view, node));
        if (nodes.length > 0) observed = await ask([one.view], nodes, observed);
      }
    };
    if (intervalMs > 0 && needed.some(hasRates)) {
      await askSome(some);
      await sleep(intervalMs);
      observed = await ask(needed, all, observed);
    }
    await askSome([...some, ...neededToo(view)]);
    return readingsOf(view, all, observed);
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

/** One look is not enough for a rate, and few for what is remembered over time. */
const hasRates = ({ columns, keeps }: AskedView) =>
  keeps !== undefined || Object.values(columns).some(({ kind }) => kind === "perSecond");

function readingsOf(view: View, names: readonly string[], observed: Observed): Reading[] {
  const { nodes, samples } = observed;
  const fleet = fleetSamples(observed, names);
  const concluded = view.kind === "concluded" ? view.rows(fleet) : [];
  return names.flatMap((name): Reading[] => {
    const entry = nodes[name];
    if (!entry) return [];
    const answered = (views: readonly AskedView[]) =>
      views.flatMap((one) => {
        const sample = samples[one.name]?.[name];
        return sample ? [{ one, sample }] : [];
      });
    const needed = neededBy(view);
    const asked = answered(needed);
    // Without that there may be rows all the same.
    const askedToo = answered(neededOf(view, fleet, name).slice(needed.length));
    const lacking = askedToo.flatMap(({ one, sample }) => [
      ...absentIn(sample).map(({ why }) => why),
      ...notesOf(one, sample, entry),
    ]);
    const unknown = view.kind === "concluded" ? (view.unknownOf?.(entry, fleet) ?? []) : [];
    const notes = [
      ...asked.flatMap(({ one, sample }) => notesOf(one, sample, entry)),
      ...lacking,
      ...unknown,
    ];
    const rows =
      view.kind === "asked" ? (fleet.rows(view, name) ?? []) : concluded.filter(({ node }) => node === name);
    const answers = asked.map(({ sample }) => sample);
    const parts = answers.flatMap((sample) => [...partsOf(sample)]);
    const failed = parts.flatMap(([database, part]) =>
      part?.state === "failed" ? { database, error: part.error } : [],
    );
    const without = parts.flatMap(([database, part]) =>
      part?.state === "notApplicable" && part.lacksDatabase ? database : [],
    );
    const answersToo = [...answers, ...askedToo.map(({ sample }) => sample)];
    const sample = shown(view, rows.length === 0 ? answersToo : answers, rows, observed.nowMs);
    return [{ entry, sample, notes: [...new Set(notes)], failed, without }];
  });
}

/** A view that was not answered has no rows; one that asks nothing, such as alerts, has them all the same. */
function shown(view: View, asked: readonly Sample[], rows: readonly Row[], nowMs: number): Shown {
  const failed = asked.find((sample) => sample.state === "failed");
  const isTold = view.kind === "concluded" && view.tellsOfLost === true;
  if (failed) return { state: "failed", error: failed.error, rows: isTold ? rows : [], atMs: nowMs };
  const absent = asked.find((sample) => sample.state === "notApplicable");
  if (absent && rows.length === 0) return absent;
  const times = asked.flatMap((sample) => (sample.state === "ok" ? sample.atMs : []));
  return { state: "ok", rows, atMs: times.length > 0 ? Math.min(...times) : nowMs };
}

function notesOf(view: AskedView, sample: Sample, entry: NodeEntry): readonly string[] {
  if (view === pulseView) return [...entry.unknowns.map(({ reason }) => reason), ...lowerBound(entry)];
  if (!entry.facts || sample.state !== "ok") return [];
  return [...absentIn(sample).map(({ why }) => why), ...notesOn(view, sample.rows, entry.facts)];
}

/** A look of seconds does not tell an hour from a day. */
function lowerBound({ lag }: NodeEntry): string[] {
  return lag?.atLeast && lag.seconds !== null
    ? ["the replay lag may be longer: the standby was behind from the first sample on"]
    : [];
}
