import { major } from "../../postgres/version.ts";
import {
  average,
  hidden,
  integer,
  millis,
  percent,
  perSecond,
  query,
  text,
  totalIn,
  withTotals,
} from "../columns.ts";
import type { Row } from "../row.ts";
import { defineConclusion, type FleetSamples } from "../view.ts";
import { noStatements } from "./statement-sql.ts";
import { type Statement, statements } from "./statements.ts";

/** What a statement costs, on one node or on all. */
type Cost = {
  readonly total_exec_time: number | null;
  readonly calls: number | null;
  readonly rows: number | null;
  readonly shared_blks_hit: number | null;
  readonly shared_blks_read: number | null;
  readonly temp_blks_written: number | null;
  readonly wal_bytes: number | null;
  readonly node_exec_time: number | null;
};

const costs = [
  "total_exec_time",
  "calls",
  "rows",
  "shared_blks_hit",
  "shared_blks_read",
  "temp_blks_written",
  "wal_bytes",
] as const;

const { columns: of } = statements;

type Found = Cost & {
  readonly node: string;
  readonly role: string;
  readonly key: string;
  readonly of: Statement;
};

/** A sum of what is known; null where nothing is. */
function sum(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((a, b) => a + b, 0);
}

const quotient = (part: number | null, whole: number | null) =>
  part === null || whole === null || whole <= 0 ? null : part / whole;
const inPercent = (part: number | null, whole: number | null) => {
  const value = quotient(part, whole);
  return value === null ? null : Math.min(100, 100 * value);
};

/** Each statement with the nodes below it that ran it: query ids are alike on servers of one major version alone. */
export const statementsAcross = defineConclusion({
  name: "statements_across",
  title: "Statements over nodes",
  section: "statements",
  source: "pg_stat_statements",
  needs: [statements],
  rowKey: ["statement"],
  rowName: "datname",
  sortBy: "-total_exec_time",
  filterKeeps: "headings",
  none: noStatements,
  parent: ({ statement, role }) => (role === null ? null : { node: null, key: String(statement) }),
  lacks: (_, column) => column === "spread" || column === "role",
  columns: {
    datname: text("DATABASE", {
      priority: 0,
      maxWidth: 24,
      about: "database that it ran in",
    }),
    role: text("ROLE", { priority: 0.5, about: "primary or standby, of a node" }),
    total_exec_time: perSecond("EXEC ms/s", { ...millis, priority: 0, about: "time that it ran, in ms" }),
    share: percent("SHARE%", { priority: 1, about: "of the time that all statements of these nodes ran" }),
    calls: of.calls,
    call_time: average("CALL ms", { priority: 0.6, about: "time of one call over the same time" }),
    spread: average("SPREAD", {
      ...{ priority: 0.7, ofHeading: true },
      about: "time of one call on the node where it is slowest, by that where it is fastest",
    }),
    nodes: integer("NODES", {
      ...{ priority: 1, ofHeading: true },
      about: "nodes that count the statement among theirs",
    }),
    rows: of.rows,
    hit_ratio: percent("HIT%", {
      priority: 2.5,
      about: "shared_blks_hit of shared_blks_hit + shared_blks_read",
    }),
    shared_blks_read: of.shared_blks_read,
    temp_blks_written: of.temp_blks_written,
    wal_bytes: of.wal_bytes,
    query: query("STATEMENT", {
      ...{ priority: 0, ofHeading: true },
      about: "its text, as one of the nodes has it",
    }),
    ...hidden({
      statement: text("KEY", { internal: true, about: "major version, query id and database" }),
      queryid: text("QUERY ID", { about: "tells the statement from others on servers of one major version" }),
      major: integer("MAJOR", { about: "major version of the nodes" }),
    }),
  },
  rows: (fleet) => {
    const groups = Map.groupBy(
      fleet.nodes.flatMap((node) => foundOn(fleet, node)),
      ({ key }) => key,
    );
    return [...groups.values()].flatMap((all) => {
      const nodes = [...Map.groupBy(all, ({ node }) => node).values()].map(onNode);
      const calls = nodes.flatMap((one) => quotient(one.total_exec_time, one.calls) ?? []);
      const [slowest, fastest] = [Math.max(...calls), Math.min(...calls)];
      const ofAll = {
        nodes: nodes.length,
        spread: calls.length > 1 && fastest > 0 ? slowest / fastest : null,
        query: all.find(({ of }) => of.query !== null)?.of.query ?? null,
      };
      const heading = { ...lineOf(added(nodes), nodes), ...ofAll, node: null, role: null };
      const lines = nodes.map((one) => ({
        ...lineOf(one, [one]),
        ...ofAll,
        ...{ node: one.node, role: one.role },
      }));
      return [heading, ...lines];
    });
  },
});

/** What a statement is known by on all servers of its major version; null for the sum of those that the role may not see. */
export function acrossKey(versionNum: number, { queryid, datname }: Readonly<Record<string, unknown>>) {
  return queryid == null ? null : [major(versionNum), queryid, datname].join(" ");
}

/** The statements of a node that can be told from others; their counters are rates here. */
function foundOn(fleet: FleetSamples, { name, facts }: FleetSamples["nodes"][number]): Found[] {
  if (!facts) return [];
  const role = facts.inRecovery ? "standby" : "primary";
  return ((fleet.rows(statements, name) ?? []) as readonly Statement[]).flatMap((row) => {
    const key = acrossKey(facts.versionNum, row);
    return key === null ? [] : { ...row, node: name, role, of: row, key };
  });
}

const added = (all: readonly Cost[]): Cost => ({
  ...(Object.fromEntries(costs.map((name) => [name, sum(all.map((one) => one[name]))])) as Cost),
  node_exec_time: sum(all.map((one) => one.node_exec_time)),
});

/** Several roles ran it on a node: the time of the whole node is the same in each row. */
function onNode(rows: readonly Found[]): Found {
  const [first] = rows as readonly [Found];
  return withTotals({ ...first, ...added(rows), node_exec_time: first.node_exec_time }, totalsOf(rows));
}

/** The counters themselves, of several rows. */
const totalsOf = (rows: readonly Row[]): Row =>
  Object.fromEntries(
    costs.map((name) => {
      const known = rows.map((row) => totalIn(row, name)).filter((total) => total !== null);
      return [name, known.length === 0 ? null : known.reduce((a, b) => a + b)];
    }),
  );

function lineOf(cost: Cost, nodes: readonly Found[]) {
  const [first] = nodes;
  const { total_exec_time, calls, shared_blks_hit, shared_blks_read } = cost;
  const [of = "", queryid = ""] = first?.key.split(" ") ?? [];
  const line = {
    datname: first?.of.datname ?? null,
    ...{ statement: first?.key ?? null, queryid, major: Number(of) },
    ...{ total_exec_time, calls, rows: cost.rows, shared_blks_read },
    ...{ temp_blks_written: cost.temp_blks_written, wal_bytes: cost.wal_bytes },
    share: inPercent(total_exec_time, cost.node_exec_time),
    call_time: quotient(total_exec_time, calls),
    hit_ratio: inPercent(shared_blks_hit, sum([shared_blks_hit, shared_blks_read])),
  };
  return withTotals(line, totalsOf(nodes));
}
