import { bytes, epoch, microsOf, millis, percent, perSecond, text, totalOf } from "../columns.ts";
import { defineView, type Row, type RowOf } from "../view.ts";

/**
 * Milliseconds that the server counts in float8. No operation takes none: where there are some and no
 * time, no session measured it. With fsync = off it is no operation at all.
 */
const timeOf = (name: string, operations: string, free = "false") =>
  `case when i.${name} > 0 or i.${operations} = 0 or ${free} then ${microsOf(`i.${name}`)} end as ${name}`;

const statement = (bytesOf: (operation: string, counted: string) => string) => {
  const [read, write, extend] = [
    bytesOf("read", "reads"),
    bytesOf("write", "writes"),
    bytesOf("extend", "extends"),
  ];
  const moved = `coalesce(${read}, 0) + coalesce(${write}, 0) + coalesce(${extend}, 0)`;
  return `
select
  i.backend_type, i.object, i.context,
  i.reads, ${read} as read_bytes, ${timeOf("read_time", "reads")},
  i.writes, ${write} as write_bytes, ${timeOf("write_time", "writes")},
  i.extends, ${extend} as extend_bytes, ${timeOf("extend_time", "extends")},
  i.writebacks, ${timeOf("writeback_time", "writebacks")},
  i.fsyncs, ${timeOf("fsync_time", "fsyncs", "pg_catalog.current_setting('fsync') = 'off'")},
  i.hits, i.evictions, i.reuses,
  ${moved} as moved_bytes,
  100 * i.hits::float8 / nullif(i.hits + i.reads, 0) as hit_ratio,
  pg_catalog.date_part('epoch', i.stats_reset) as stats_reset
from pg_catalog.pg_stat_io as i
where coalesce(i.reads, i.writes, i.extends, i.writebacks, i.fsyncs, i.hits, i.evictions, i.reuses) is not null
order by ${moved} desc, i.backend_type, i.object, i.context`;
};

const upTo17 = statement((_, counted) => `i.${counted} * i.op_bytes`);
const since18 = statement((operation) => `i.${operation}_bytes::int8`);

const rate = (header: string, about: string) => perSecond(header, { about });
const time = (header: string, about: string) => perSecond(header, { ...millis, about });

/** What the server counts of its reads and writes. The view `io` shows it. */
export const ioStatistics = defineView({
  name: "io_statistics",
  title: "I/O statistics",
  section: "io",
  tab: false,
  source: "pg_stat_io",
  scope: "server",
  runsOn: "any",
  rowKey: ["backend_type", "object", "context"],
  sortBy: "-moved_bytes",
  resetAt: "stats_reset",
  unknownIn,
  columns: {
    backend_type: text("BACKEND", { required: true, about: "kind of process, as in pg_stat_activity" }),
    object: text("OBJECT", { required: true, about: "relation, temp relation or, from 18, wal" }),
    context: text("CONTEXT", {
      required: true,
      about:
        "normal: through shared buffers; bulkread, bulkwrite, vacuum: through a small ring of them; init: new WAL files",
    }),
    moved_bytes: rate("BYTES/s", "bytes read, written and extended"),
    reads: rate("READS/s", "reads from the kernel"),
    read_bytes: rate("READ B/s", "bytes read from the kernel"),
    read_time: time("READ ms/s", "milliseconds spent reading"),
    writes: rate("WRITES/s", "writes to the kernel"),
    write_bytes: rate("WRITE B/s", "bytes written to the kernel"),
    write_time: time("WRITE ms/s", "milliseconds spent writing"),
    extends: rate("EXTENDS/s", "times that files were extended"),
    extend_bytes: rate("EXTEND B/s", "bytes that files were extended by"),
    extend_time: time("EXTEND ms/s", "milliseconds spent extending"),
    writebacks: rate("WRITEBACKS/s", "pages that the kernel was asked to write out"),
    writeback_time: time("WRITEBACK ms/s", "milliseconds spent asking it"),
    fsyncs: rate("FSYNCS/s", "calls of fsync"),
    fsync_time: time("FSYNC ms/s", "milliseconds spent in fsync"),
    hits: rate("HITS/s", "pages found in shared or local buffers"),
    evictions: rate("EVICTIONS/s", "buffers taken from another page"),
    reuses: rate("REUSES/s", "buffers of a ring taken again"),
    moved_bytes_total: bytes("BYTES", {
      ...totalOf("moved_bytes"),
      about: "bytes read, written and extended since stats_reset",
    }),
    hit_ratio: percent("HIT%", { about: "hits of hits + reads since stats_reset" }),
    stats_reset: epoch("RESET", { about: "when the counters began" }),
  },
  sql: { 160000: upTo17, 180000: since18 },
});

export type IoStatistics = RowOf<typeof ioStatistics>;

/** Each count of operations with the time that they took. */
export const timed = [
  ["reads", "read_time"],
  ["writes", "write_time"],
  ["extends", "extend_time"],
  ["writebacks", "writeback_time"],
  ["fsyncs", "fsync_time"],
] as const;

/** WAL is measured by a setting of its own. A standalone backend made the cluster, long ago. */
function unknownIn(rows: readonly Row[]): string[] {
  const unmeasured = new Set(
    rows.flatMap((row) => {
      if (row["backend_type"] === "standalone backend") return [];
      const lacks = timed.some(([count, time]) => Number(row[count] ?? 0) > 0 && row[time] === null);
      return lacks ? (row["object"] === "wal" ? "track_wal_io_timing" : "track_io_timing") : [];
    }),
  );
  const setting = [...unmeasured].sort().join(" and ");
  return setting === "" ? [] : [`times of some operations are unknown: ${setting} was off for all of them`];
}
