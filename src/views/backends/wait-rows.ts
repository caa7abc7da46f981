import type { FleetSamples, Row } from "../view.ts";
import { type WaitHistory, type Window, windowsOf } from "./wait-history.ts";
import { type WaitGroup, waitSamples } from "./wait-samples.ts";

/** What active sessions are grouped by. Below an event are its statements, below anything else its events. */
export type By = "event" | "statement" | "user" | "database";

/** Classes of wait events in the order of a bar, each with its letter; pg_stat_activity.wait_event_type, null on the CPU. */
export const classLetters: readonly (readonly [name: string, letter: string])[] = [
  ["CPU", "C"],
  ["IO", "I"],
  ["LWLock", "W"],
  ["Lock", "L"],
  ["BufferPin", "B"],
  ["IPC", "P"],
  ["Client", "N"],
  ["Timeout", "T"],
  ["Extension", "E"],
  ["other", "o"],
];

const letterOf: ReadonlyMap<string, string> = new Map(classLetters);

/** Cells of the longest bar. */
const barCells = 12;

type Part = Pick<Line, "id" | "above" | "level" | "name" | "own">;

/** What all sessions of a line have in common. */
type Own = Partial<
  Pick<
    WaitGroup,
    "wait_event_type" | "wait_event" | "backend_type" | "usename" | "datname" | "query_id" | "query"
  >
>;

/** One line: how many sessions were counted in each window, by class, each by the time that its sample stands for. */
type Line = {
  readonly id: string;
  readonly above: string | null;
  readonly level: "node" | "group" | "part";
  readonly name: string;
  readonly own: Own;
  readonly counted: readonly Map<string, number>[];
};

type Named = readonly [name: string, own: Own];

/** A process without a client by its kind; what is beyond the largest groups has no name. */
const nameless = ({ backend_type }: WaitGroup): Named => [backend_type ?? "other", { backend_type }];

const namedBy: Readonly<Record<By, (group: WaitGroup) => Named>> = {
  event: ({ wait_event_type, wait_event }) => [
    wait_event === null ? "CPU" : `${wait_event_type}:${wait_event}`,
    { wait_event_type, wait_event },
  ],
  // Without a query id it is known by our hash, of which nobody else knows.
  statement: (group) =>
    group.query === null
      ? nameless(group)
      : [group.query_id ?? `text ${group.statement_key}`, { query_id: group.query_id, query: group.query }],
  user: (group) => (group.usename === null ? nameless(group) : [group.usename, { usename: group.usename }]),
  database: (group) =>
    group.datname === null ? nameless(group) : [group.datname, { datname: group.datname }],
};

const whole: Part = { id: "all", above: null, level: "node", name: "all", own: {} };

/** The lines that a group is counted in: its node's, that of what it is grouped by, and one below that. */
function partsOf(group: WaitGroup, by: By): Part[] {
  const [name, own] = namedBy[by](group);
  const [below, ofBelow] = namedBy[by === "event" ? "statement" : "event"](group);
  const id = JSON.stringify([name]);
  return [
    whole,
    { id, above: null, level: "group", name, own },
    {
      ...{ id: JSON.stringify([name, below]), above: id, level: "part", name: below },
      own: { ...own, ...ofBelow },
    },
  ];
}

/** What is remembered of a node that answers; null of another one. */
export function historyOf(fleet: FleetSamples, node: string): WaitHistory | null {
  const sample = fleet.sample(waitSamples, node);
  if (sample?.state !== "ok") return null;
  return (sample.kept ?? waitSamples.keeps?.(undefined, sample) ?? null) as WaitHistory | null;
}

/** The lines of each node, with averages over its samples. */
export function rowsBy(by: By, fleet: FleetSamples) {
  const nodes = fleet.nodes.flatMap(({ name }) => {
    const history = historyOf(fleet, name);
    return history ? [{ node: name, ...linesOf(history, by) }] : [];
  });
  const tallest = nodes.flatMap(({ windows, lines }) =>
    lines.flatMap(({ counted }) => windows.map((of, at) => (of === null ? 0 : total(counted[at]) / of.ms))),
  );
  const longest = Math.max(1, ...tallest);
  return nodes.flatMap(({ node, windows, isPartial, lines }) =>
    lines.map((line) => rowOf(node, line, { windows, isPartial, longest, first: lines[0] })),
  );
}

/** The database and the role that all sessions of a line had, as long as is remembered; null where they differ or have none. */
export function commonOf(by: By, fleet: FleetSamples, node: string, id: string) {
  const history = historyOf(fleet, node);
  const counted = (history ? windowsOf(history) : []).flatMap((window) => window?.counted ?? []);
  const groups = counted
    .map(({ group }) => group as WaitGroup)
    .filter((group) => group.unknown === null && partsOf(group, by).some((part) => part.id === id));
  const one = (name: "datname" | "usename") => {
    const [first = null, ...others] = new Set(groups.map((group) => group[name]));
    return others.length === 0 ? first : null;
  };
  return { datname: one("datname"), usename: one("usename") };
}

function linesOf(history: WaitHistory, by: By) {
  const all = windowsOf(history);
  const lines = new Map<string, Line>();
  const lineOf = (part: Part): Line => {
    const line = lines.get(part.id) ?? { ...part, counted: all.map(() => new Map()) };
    lines.set(part.id, line);
    return line;
  };
  lineOf(whole);
  let isPartial = false;
  all.forEach((window, at) => {
    for (const { group: row, sessionMs } of window?.counted ?? []) {
      // A row of the view's own samples.
      const group = row as WaitGroup;
      if (group.unknown !== null) {
        isPartial = true;
        continue;
      }
      const type = group.wait_event_type ?? "CPU";
      const kind = letterOf.has(type) ? type : "other";
      for (const part of partsOf(group, by)) {
        const counted = lineOf(part).counted[at];
        counted?.set(kind, (counted.get(kind) ?? 0) + sessionMs);
      }
    }
  });
  return { windows: all, isPartial, lines: [...lines.values()] };
}

const total = (counted: ReadonlyMap<string, number> | undefined) =>
  [...(counted?.values() ?? [])].reduce((sum, ms) => sum + ms, 0);

type Scale = {
  readonly windows: readonly Window[];
  readonly isPartial: boolean;
  /** Average active sessions that the longest bar stands for. */
  readonly longest: number;
  /** The line of the node. */
  readonly first: Line | undefined;
};

function rowOf(node: string, line: Line, { windows, isPartial, longest, first }: Scale) {
  const { id, above, level, name, own, counted } = line;
  const average = (at: number) => {
    const of = windows[at] ?? null;
    return of === null ? null : total(counted[at]) / of.ms;
  };
  const barOf = (at: number) => {
    const of = windows[at] ?? null;
    return of === null ? null : bar(counted[at] ?? new Map(), of.ms * longest);
  };
  const samples = windows.map((window) => window?.samples ?? null);
  const ofNode = total(first?.counted[0]);
  return {
    ...{ node, id, above, level, name },
    aas_1m: average(0),
    // Where sessions are hidden nobody knows the whole.
    share: isPartial || ofNode === 0 ? null : (100 * total(counted[0])) / ofNode,
    bar_1m: barOf(0),
    aas_5m: average(1),
    bar_5m: barOf(1),
    aas_15m: average(2),
    bar_15m: barOf(2),
    wait_event_type: own.wait_event_type ?? null,
    wait_event: own.wait_event ?? null,
    backend_type: own.backend_type ?? null,
    usename: own.usename ?? null,
    datname: own.datname ?? null,
    query_id: own.query_id ?? null,
    ...{ samples_1m: samples[0] ?? null, samples_5m: samples[1] ?? null, samples_15m: samples[2] ?? null },
    partial: isPartial,
    query: own.query ?? null,
  };
}

/** A bar of the letters of classes: each ends where all up to it do, so that no rounding makes it longer. */
function bar(counted: ReadonlyMap<string, number>, ofAll: number): string {
  let sum = 0;
  let text = "";
  for (const [name, letter] of classLetters) {
    sum += counted.get(name) ?? 0;
    text += letter.repeat(Math.max(0, Math.round((barCells * sum) / ofAll) - text.length));
  }
  return text;
}

/** The filter of the view `activity` that leaves the sessions of a line; null where they cannot be told by one. */
export function activityFilter(by: By, row: Row): string | null {
  const { level, name, wait_event_type, wait_event, usename, datname, query_id, query } = row;
  const isOther = level !== "node" && name === "other";
  if (row["backend_type"] !== null || isOther || (query !== null && query_id === null)) return null;
  const isEvent = level === "part" || (by === "event" && level === "group");
  const event = wait_event === null ? "" : `${wait_event_type}:${wait_event}`;
  const wanted = { usename, datname, query_id, wait: isEvent ? event : null };
  const words = Object.entries(wanted).flatMap(([column, value]) =>
    value === null ? [] : `${column}="${String(value).replaceAll('"', '""')}"`,
  );
  return ["state=active", ...words].join(" ");
}
