import { bytes, epoch, integer, seconds, text, texts } from "../columns.ts";
import type { FleetNode } from "../fleet-node.ts";
import { replication } from "../replication/replication.ts";
import { replicationSlots } from "../replication/replication-slots.ts";
import { pulseView } from "../server/pulse.ts";
import { defineConclusion, type FleetSamples, keyOf, type Row } from "../view.ts";
import { countingServers, isClosed } from "./counting-servers.ts";
import { type Index, indexes } from "./indexes.ts";

/** A row of the view `indexes`, which is of a database. */
type Counted = Index & { readonly database: string | null };

/**
 * Indexes that no server of a system has scanned since its counters began: the primary and all its standbys, which count by
 * themselves. What could not be asked may have scanned it, so that it is unknown then, never unused.
 */
export const unusedIndexes = defineConclusion({
  name: "unused_indexes",
  title: "Unused indexes",
  section: "storage",
  source: `${indexes.source} of a primary and all its standbys; pg_stat_replication, pg_replication_slots`,
  needs: [pulseView, indexes, replication, replicationSlots],
  asksAll: true,
  none: "every index was scanned, or is of a key or constraint",
  rowKey: ["database", "indexrelid"],
  rowName: "indexrelname",
  sortBy: "-index_bytes",
  duration: "counted_seconds",
  whyIn: "unknown",
  columns: {
    database: text("DATABASE", { priority: 2, maxWidth: 20, about: "the database that it is in" }),
    schemaname: text("SCHEMA", { priority: 4, maxWidth: 16, about: "its schema" }),
    relname: text("TABLE", { priority: 1, maxWidth: 24, about: "its table or materialized view" }),
    indexrelname: text("INDEX", { priority: 0, maxWidth: 32, about: "its name" }),
    indexrelid: integer("OID", { hidden: true, about: "OID of the index" }),
    verdict: text("VERDICT", {
      priority: 0,
      about:
        "unused: no scan by the primary nor by any of its standbys; new: none yet, and its entry in the catalog was written after the last checkpoint, or less than a day ago where track_commit_timestamp tells; unknown: no scan that is known, and not all could be asked. Unique indexes, those of a primary key, an exclusion constraint or the replica identity, and invalid ones are not listed",
    }),
    index_bytes: bytes("SIZE", { priority: 0, about: "pg_relation_size" }),
    counted_seconds: seconds("STATS AGE", {
      priority: 1,
      about:
        "age of the statistics, not of the index: time since the counters of its database began on the server where that was last. A scan before it is not known, and an index may be younger: no catalog says when it was created, and only one that is newer than the last checkpoint is told (new) where track_commit_timestamp is off",
    }),
    unknown: texts("UNKNOWN", {
      priority: 1,
      maxWidth: 48,
      about: "which servers may have scanned it, and why they could not be asked",
    }),
    counted_on: texts("COUNTED ON", { priority: 3, maxWidth: 32, about: "the servers that counted no scan" }),
    stats_reset: epoch("STATISTICS SINCE", {
      hidden: true,
      about: "when the counters began that began last; the index may be younger",
    }),
    part_of: text("PART OF", {
      hidden: true,
      usual: [],
      maxWidth: 24,
      about: "the partitioned index that it is a partition of: only that can be dropped, with all of them",
    }),
    duplicate_of: text("DUPLICATE OF", { hidden: true, about: "another index that does the same" }),
    redundant_with: text("REDUNDANT WITH", { hidden: true, about: "another index that can do what it does" }),
    indexdef: text("DEFINITION", { hidden: true, about: "pg_get_indexdef" }),
  },
  isQuiet: ({ verdict }) => verdict !== "unused",
  withheld: () => "durations",
  rows: (fleet) => judgedOnes(fleet).flatMap((node) => unusedOf(node, fleet)),
});

/** Of each system one node in scope, which has its rows: the primary, or else a standby. */
function judgedOnes(fleet: FleetSamples): readonly FleetNode[] {
  const answering = fleet.nodes.filter(({ name }) => fleet.rows(indexes, name) !== null);
  const isPrimary = ({ facts }: FleetNode) => facts?.inRecovery === false;
  const ordered = [...answering.filter(isPrimary), ...answering.filter((node) => !isPrimary(node))];
  const seen = new Set<string>();
  return ordered.filter((node) => {
    if (seen.has(node.name)) return false;
    for (const { name } of countingServers(node, fleet).nodes) seen.add(name);
    return true;
  });
}

function unusedOf(node: FleetNode, fleet: FleetSamples) {
  const { nodes, unknown } = countingServers(node, fleet);
  const all = fleet.ofAll();
  const others = nodes.filter((one) => one.name !== node.name && !isClosed(one));
  const answers = others.map((other) => ({ other, known: byKey(all.rows(indexes, other.name)) }));
  return ((fleet.rows(indexes, node.name) ?? []) as readonly Counted[]).flatMap((row) => {
    if (isNeeded(row) || row.state !== "valid" || (row.idx_scan_total ?? 0n) > 0n) return [];
    const counts = answers.map(({ other, known }) => ({ other, row: known?.get(keyOf(indexes, row)) }));
    if (counts.some((count) => (count.row?.idx_scan_total ?? 0n) > 0n)) return [];
    const missing = [
      ...(row.idx_scan_total === null ? [`${node.name}: track_counts is off`] : []),
      ...counts.flatMap((count) => whyUnknown(count, all)),
      ...unknown,
    ];
    const counted = [row, ...counts.flatMap((count) => count.row ?? [])].filter(
      ({ idx_scan_total }) => idx_scan_total !== null,
    );
    const times = counted.map(({ counted_seconds }) => counted_seconds);
    const resets = counted.map(({ stats_reset }) => stats_reset);
    return {
      node: node.name,
      database: row.database,
      schemaname: row.schemaname,
      relname: row.relname,
      indexrelname: row.indexrelname,
      indexrelid: row.indexrelid,
      verdict: missing.length > 0 ? "unknown" : isNew(row) ? "new" : "unused",
      index_bytes: row.index_bytes,
      counted_seconds: lowest(times),
      unknown: missing,
      counted_on: [
        ...(row.idx_scan_total === null ? [] : [node.name]),
        ...counts.flatMap((count) =>
          count.row && count.row.idx_scan_total !== null ? count.other.name : [],
        ),
      ],
      stats_reset: highest(resets),
      part_of: row.part_of,
      duplicate_of: row.duplicate_of,
      redundant_with: row.redundant_with,
      indexdef: row.indexdef,
    };
  });
}

const daySeconds = 86_400;

/** No catalog says when an index was created; its entry was written then, or later. */
const isNew = ({ written_seconds: age, since_checkpoint }: Index) =>
  age === null ? since_checkpoint === true : age < daySeconds;

const isNeeded = ({ indisunique, indisprimary, indisexclusion, indisreplident }: Index) =>
  indisunique !== false || indisprimary !== false || indisexclusion !== false || indisreplident !== false;

const byKey = (rows: readonly Row[] | null) =>
  rows && new Map(rows.map((row) => [keyOf(indexes, row), row as Counted]));

/** Why it is not known whether a server has scanned an index. */
function whyUnknown(
  { other, row }: { readonly other: FleetNode; readonly row: Counted | undefined },
  all: FleetSamples,
): readonly string[] {
  if (row) return row.idx_scan_total === null ? [`${other.name}: track_counts is off`] : [];
  if (other.facts === null) return [`${other.name}, which has not said yet whose standby it is`];
  return [
    all.rows(indexes, other.name) === null
      ? `${other.name} does not answer`
      : `${other.name} does not show it`,
  ];
}

const isKnown = (value: number | null): value is number => value !== null;
/** Null where one of them is not known. */
const lowest = (values: readonly (number | null)[]) =>
  values.length > 0 && values.every(isKnown) ? Math.min(...values) : null;
const highest = (values: readonly (number | null)[]) =>
  values.length > 0 && values.every(isKnown) ? Math.max(...values) : null;
