import { bool, millis, perSecond, text, totalIn, withTotals } from "../columns.ts";
import type { Row } from "../row.ts";
import { defineConclusion } from "../view.ts";
import { type IoStatistics, ioStatistics, timed } from "./io-statistics.ts";

const { backend_type, object, context, hit_ratio, moved_bytes_total, stats_reset, ...counted } =
  ioStatistics.columns;

const time = (header: string, priority: number, doing: string) =>
  perSecond(header, {
    ...millis,
    priority,
    about: `milliseconds a second spent ${doing}; unknown while track_io_timing, for WAL track_wal_io_timing, is off`,
  });

/** Reads and writes of each kind of process, on what and through which buffers: what the storage is busy with. */
export const io = defineConclusion({
  name: "io",
  title: "I/O",
  section: "io",
  source: ioStatistics.source,
  needs: [ioStatistics],
  rowKey: ["backend_type", "object", "context"],
  sortBy: "-moved_bytes",
  isQuiet: ({ idle }) => idle === true,
  lacks: ({ impossible }, column) => String(impossible).split(" ").includes(column),
  columns: {
    backend_type: { ...backend_type, priority: 0, maxWidth: 20 },
    object: { ...object, priority: 0 },
    context: { ...context, priority: 0 },
    moved_bytes: { ...counted.moved_bytes, priority: 1 },
    io_time: time("I/O ms/s", 1, "in all of these operations: at 1000 one process does nothing else"),
    read_bytes: { ...counted.read_bytes, priority: 2 },
    write_bytes: { ...counted.write_bytes, priority: 2 },
    extend_bytes: { ...counted.extend_bytes, priority: 4 },
    hit_ratio: { ...hit_ratio, priority: 2 },
    fsyncs: {
      ...counted.fsyncs,
      priority: 3,
      about:
        "calls of fsync; by a client backend on a relation: the checkpointer's queue was full, and a statement waited for the disk",
      // Backends leave the files of relations to the checkpointer.
      severity: (rate, row) =>
        rate > 0 && row["backend_type"] === "client backend" && row["object"] === "relation"
          ? "warning"
          : "ok",
    },
    reads: { ...counted.reads, priority: 4 },
    writes: { ...counted.writes, priority: 4 },
    extends: { ...counted.extends, priority: 6 },
    evictions: { ...counted.evictions, priority: 4 },
    hits: { ...counted.hits, priority: 5 },
    reuses: { ...counted.reuses, priority: 7 },
    writebacks: { ...counted.writebacks, priority: 7 },
    read_time: time("READ ms/s", 5, "reading"),
    write_time: time("WRITE ms/s", 5, "writing"),
    extend_time: time("EXTEND ms/s", 6, "extending files"),
    fsync_time: time("FSYNC ms/s", 5, "in fsync"),
    writeback_time: time("WRITEBACK ms/s", 8, "asking the kernel to write out"),
    moved_bytes_total: { ...moved_bytes_total, priority: 3 },
    idle: bool("IDLE", { hidden: true, about: "nothing was counted since stats_reset" }),
    impossible: text("", { internal: true, hidden: true }),
    stats_reset: { ...stats_reset, priority: 8, maxWidth: 20 },
  },
  rows: (fleet) =>
    fleet.nodes.flatMap(({ name: node }) => {
      const sample = fleet.sample(ioStatistics, node);
      const totals = sample?.state === "ok" ? sample.rows : [];
      const rows = (fleet.rows(ioStatistics, node) ?? []) as readonly IoStatistics[];
      return rows.map((row, at) => {
        const own = totals[at] ?? {};
        const all = { ...own, io_time: timeIn(own) };
        return withTotals({ ...row, node, ...times(row), ...ofTotals(own) }, all);
      });
    }),
});

/** Operations that took no time were not measured, and no operations take none. */
function times(row: IoStatistics) {
  const known = timed.map(([count, name]) => {
    if (row[count] === null || row[count] === 0) return { ms: row[count] };
    return { ms: row[name] || null };
  });
  const [read, write, extend, writeback, fsync] = known.map(({ ms }) => ms);
  const possible = known.filter((_, at) => row[timed[at]?.[0] ?? "reads"] !== null);
  const io_time =
    possible.length === 0 || possible.some(({ ms }) => ms === null)
      ? null
      : possible.reduce((sum, { ms }) => sum + (ms ?? 0), 0);
  return {
    io_time,
    read_time: read ?? null,
    write_time: write ?? null,
    extend_time: extend ?? null,
    writeback_time: writeback ?? null,
    fsync_time: fsync ?? null,
  };
}

/** Microseconds of all operations since stats_reset; null where those of one are not known. */
function timeIn(row: Row): bigint | null {
  const all = timed.flatMap(([count, name]) => (row[count] == null ? [] : totalIn(row, name)));
  const known = all.filter((one) => one !== null);
  return all.length === 0 || known.length < all.length ? null : known.reduce((sum, one) => sum + one);
}

const operations = [...timed.map(([count]) => count), "hits", "evictions", "reuses"] as const;

/** The server has no number for an operation that a process never does there. */
function ofTotals(row: Row): { idle: boolean; impossible: string } {
  const lacking: string[] = operations.filter((name) => row[name] === null);
  const bytes = ["read", "write", "extend"].filter((name) => lacking.includes(`${name}s`));
  const untimed = timed.filter(([count]) => lacking.includes(count)).map(([, name]) => name);
  return {
    idle: operations.every((name) => Number(row[name] ?? 0) === 0),
    impossible: [
      ...lacking,
      ...untimed,
      ...bytes.map((name) => `${name}_bytes`),
      ...(row["hit_ratio"] === null ? ["hit_ratio"] : []),
    ].join(" "),
  };
}
