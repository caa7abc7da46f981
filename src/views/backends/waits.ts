import { above, average, bool, integer, percent, query, text } from "../columns.ts";
import { defineConclusion, type FleetSamples, type Row } from "../view.ts";
import { windowsOf } from "./wait-history.ts";
import { activityFilter, type By, classLetters, historyOf, rowsBy } from "./wait-rows.ts";
import { waitSamples } from "./wait-samples.ts";

/** So many samples a minute has at least, of a server that is asked as often as it may be. */
const fewSamples = 30;

const legend = classLetters.map(([name, letter]) => `${letter} ${name}`).join(", ");
const atLeast = ({ partial }: Row) => partial === true;

/** A lock that on average one session or more waits for holds somebody up all the time. */
const ofLocks = (sessions: number, { wait_event_type }: Row) =>
  wait_event_type === "Lock" ? above(1, Number.POSITIVE_INFINITY)(sessions) : "ok";

const averageOf = (minutes: string, priority: number) =>
  average(`AAS ${minutes}m`, {
    priority,
    atLeast,
    severity: ofLocks,
    about: `average active sessions over the last ${minutes} min: sessions counted in all samples, each by the time for which it stands${
      minutes === "1" ? "" : "; unknown until more was sampled than for the shorter time"
    }`,
  });

const barOf = (minutes: string, priority: number) =>
  text(`LAST ${minutes}m`, {
    ...{ priority, maxWidth: 12 },
    about: `the same as a bar, on one scale for all rows and times; a letter for each class of what they wait for: ${legend}`,
  });

const samplesOf = (minutes: string) =>
  integer(`SAMPLES ${minutes}m`, { hidden: true, about: `samples of the last ${minutes} min` });

const columnsOf = (header: string, about: string) => ({
  id: text("ID", { hidden: true, internal: true }),
  above: text("ABOVE", { hidden: true, internal: true }),
  name: text(header, { priority: 0, maxWidth: 32, about }),
  level: text("LEVEL", { hidden: true, about: "node: all of it; group, and part: what is below a group" }),
  aas_1m: averageOf("1", 0),
  share: percent("SHARE", { priority: 1, about: "of the node's active sessions in the last minute" }),
  bar_1m: barOf("1", 1),
  aas_5m: averageOf("5", 2),
  bar_5m: barOf("5", 4),
  aas_15m: averageOf("15", 2),
  bar_15m: barOf("15", 5),
  wait_event_type: text("TYPE", { hidden: true, about: "class of the wait event; empty on the CPU" }),
  wait_event: text("EVENT", { hidden: true, about: "wait event; empty on the CPU" }),
  backend_type: text("PROCESS", { hidden: true, about: "kind of process, of one without a client" }),
  usename: text("USER", { hidden: true, about: "role, where the sessions are grouped by it" }),
  datname: text("DATABASE", { hidden: true, about: "database, where the sessions are grouped by it" }),
  query_id: text("QUERY ID", {
    ...{ hidden: true, since: 140000 },
    about: "compute_query_id of the statement; empty where that is off",
  }),
  samples_1m: samplesOf("1"),
  samples_5m: samplesOf("5"),
  samples_15m: samplesOf("15"),
  partial: bool("PARTIAL", {
    hidden: true,
    about:
      "whether some sessions are hidden from our role, or do not say what they do: the averages leave them out",
  }),
  query: query("STATEMENT", { priority: 1, about: "the statement, as one session ran it" }),
});

function unknownOf({ name }: { readonly name: string }, fleet: FleetSamples): string[] {
  const history = historyOf(fleet, name);
  const [minute, longer] = history ? windowsOf(history) : [];
  const samples = minute?.samples ?? null;
  if (samples === null || samples >= fewSamples) return [];
  const count = samples === 1 ? "one sample" : `${samples} samples`;
  // Where there is more than a minute no more are to come.
  return [longer ? `the last minute has ${count}` : `the averages are of ${count} so far`];
}

type Looks = {
  readonly name: string;
  readonly title: string;
  readonly by: By;
  readonly header: string;
  readonly about: string;
};

/**
 * What active sessions wait for, as sampled while a view of these is on screen, and else where the config says
 * `waits: always`; "CPU" is no wait event.
 */
const defineWaits = ({ name, title, by, header, about }: Looks) =>
  defineConclusion({
    ...{ name, title, section: "backends", source: waitSamples.source, needs: [waitSamples] },
    ...{ rowKey: ["id"], rowName: "name", sortBy: "-aas_1m", unknownOf },
    folds: by === "event" ? { one: "statement", many: "statements" } : { one: "event", many: "events" },
    parent: ({ above }) => (typeof above === "string" ? above : null),
    opens: (row, node) => {
      const filter = activityFilter(by, row);
      return filter === null ? null : { node, row: { view: "activity", key: null, filter } };
    },
    lacks: ({ level }, column) => column === "share" && level === "node",
    columns: columnsOf(header, about),
    rows: (fleet) => rowsBy(by, fleet),
  });

export const waits = defineWaits({
  ...{ name: "waits", title: "Waits", by: "event", header: "WAIT" },
  about:
    "wait event of active sessions as type:name, or CPU where there is none; below it their statements by query id",
});

export const waitStatements = defineWaits({
  ...{ name: "wait_statements", title: "Waits by statement", by: "statement", header: "QUERY ID" },
  about:
    "query id, or a hash of the text where the server computes none; below it what its sessions wait for",
});

export const waitUsers = defineWaits({
  ...{ name: "wait_users", title: "Waits by user", by: "user", header: "USER" },
  about: "role, or kind of a process without one; below it what its sessions wait for",
});

export const waitDatabases = defineWaits({
  ...{ name: "wait_databases", title: "Waits by database", by: "database", header: "DATABASE" },
  about: "database, or kind of a process without one; below it what its sessions wait for",
});
