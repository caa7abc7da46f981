import { statementSql } from "../backends/session.ts";

/** What a phase counts: SQL for how much is done, and of how much, and in what. */
type Counted = {
  readonly when: string;
  readonly unit: string;
  readonly done: string;
  readonly total: string;
};

/** One of the pg_stat_progress_* views. */
type Report = {
  readonly relation: string;
  readonly since: number;
  /** SQL: the command in PostgreSQL's words. */
  readonly command: string;
  /** SQL: OID of the index that it builds or goes by. */
  readonly index?: string;
  readonly hasRelation: boolean;
  /** COPY has one phase only, without a name. */
  readonly hasPhase?: false;
  /** In their order; a phase that none is for counts nothing. */
  readonly counted: readonly Counted[];
};

const phase = (pattern: string) => `p.phase like '${pattern}'`;
const counts = (when: string, unit: string, done: string, total: string): Counted => ({
  ...{ when, unit, done: `p.${done}`, total: total === "null" ? "null" : `nullif(p.${total}, 0)` },
});

/** Before 17 nobody tells how many indexes are done. */
const indexesSince17 = [
  counts(phase("% indexes"), "indexes", "indexes_processed", "indexes_total"),
] as const satisfies readonly Counted[];

const reports: readonly Report[] = [
  {
    ...{ relation: "pg_stat_progress_vacuum", since: 100000, command: "'VACUUM'", hasRelation: true },
    counted: [
      counts(phase("scanning heap"), "blocks", "heap_blks_scanned", "heap_blks_total"),
      counts(phase("vacuuming heap"), "blocks", "heap_blks_vacuumed", "heap_blks_total"),
    ],
  },
  {
    ...{ relation: "pg_stat_progress_cluster", since: 120000, hasRelation: true },
    // Whose command is hidden is one of these.
    command: "coalesce(p.command, 'CLUSTER or VACUUM FULL')",
    index: "nullif(p.cluster_index_relid, 0)",
    counted: [
      counts(phase("seq scanning heap"), "blocks", "heap_blks_scanned", "heap_blks_total"),
      counts(phase("index scanning heap"), "tuples", "heap_tuples_scanned", "null"),
      counts(phase("writing new heap"), "tuples", "heap_tuples_written", "heap_tuples_scanned"),
      counts(phase("rebuilding index"), "indexes", "index_rebuild_count", "null"),
    ],
  },
  {
    ...{ relation: "pg_stat_progress_create_index", since: 120000, hasRelation: true },
    command: "coalesce(p.command, 'CREATE INDEX or REINDEX')",
    index: "nullif(p.index_relid, 0)",
    counted: [
      counts(phase("waiting for %"), "lockers", "lockers_done", "lockers_total"),
      counts(phase("%loading tuples%"), "tuples", "tuples_done", "tuples_total"),
      counts(
        `p.phase not like '%sort%' and p.phase not like '%merg%' and p.blocks_total > 0`,
        ...(["blocks", "blocks_done", "blocks_total"] as const),
      ),
    ],
  },
  {
    ...{ relation: "pg_stat_progress_analyze", since: 130000, command: "'ANALYZE'", hasRelation: true },
    counted: [
      counts(phase("acquiring %"), "blocks", "sample_blks_scanned", "sample_blks_total"),
      counts(phase("computing extended%"), "statistics", "ext_stats_computed", "ext_stats_total"),
    ],
  },
  {
    ...{ relation: "pg_stat_progress_basebackup", since: 130000, hasRelation: false },
    command: "'BASE_BACKUP'",
    counted: [counts(phase("streaming %"), "bytes", "backup_streamed", "backup_total")],
  },
  {
    ...{ relation: "pg_stat_progress_copy", since: 140000, hasRelation: true, hasPhase: false },
    command: "coalesce(p.command, 'COPY')",
    counted: [counts("p.bytes_processed is not null", "bytes", "bytes_processed", "bytes_total")],
  },
];

/** A column of these views: of which, and since and before which server_version_num they have it. */
type Own = {
  readonly of: readonly string[];
  readonly type: string;
  readonly since?: number;
  readonly before?: number;
  /** SQL in place of the column itself. */
  readonly as?: string;
};

/** How far a command is by PostgreSQL's own counters, by their names there. */
const own = {
  heap_blks_total: { of: ["vacuum", "cluster"], type: "int8" },
  heap_blks_scanned: { of: ["vacuum", "cluster"], type: "int8" },
  heap_blks_vacuumed: { of: ["vacuum"], type: "int8" },
  index_vacuum_count: { of: ["vacuum"], type: "int8" },
  max_dead_tuples: { of: ["vacuum"], type: "int8", before: 170000 },
  num_dead_tuples: { of: ["vacuum"], type: "int8", before: 170000 },
  max_dead_tuple_bytes: { of: ["vacuum"], type: "int8", since: 170000 },
  dead_tuple_bytes: { of: ["vacuum"], type: "int8", since: 170000 },
  num_dead_item_ids: { of: ["vacuum"], type: "int8", since: 170000 },
  indexes_total: { of: ["vacuum"], type: "int8", since: 170000 },
  indexes_processed: { of: ["vacuum"], type: "int8", since: 170000 },
  delay_time: {
    ...{ of: ["vacuum", "analyze"], type: "int8", since: 180000 },
    // It stays at 0 where nobody measures; a session may do that of itself.
    as: `case when p.delay_time > 0 or pg_catalog.current_setting('track_cost_delay_timing') = 'on'
      then pg_catalog.trunc(p.delay_time)::int8 end`,
  },
  cluster_index_relid: { of: ["cluster"], type: "oid", since: 120000 },
  heap_tuples_scanned: { of: ["cluster"], type: "int8", since: 120000 },
  heap_tuples_written: { of: ["cluster"], type: "int8", since: 120000 },
  index_rebuild_count: { of: ["cluster"], type: "int8", since: 120000 },
  index_relid: { of: ["create_index"], type: "oid", since: 120000 },
  lockers_total: { of: ["create_index"], type: "int8", since: 120000 },
  lockers_done: { of: ["create_index"], type: "int8", since: 120000 },
  current_locker_pid: { of: ["create_index"], type: "int8", since: 120000 },
  blocks_total: { of: ["create_index"], type: "int8", since: 120000 },
  blocks_done: { of: ["create_index"], type: "int8", since: 120000 },
  tuples_total: { of: ["create_index"], type: "int8", since: 120000 },
  tuples_done: { of: ["create_index"], type: "int8", since: 120000 },
  partitions_total: { of: ["create_index"], type: "int8", since: 120000 },
  partitions_done: { of: ["create_index"], type: "int8", since: 120000 },
  sample_blks_total: { of: ["analyze"], type: "int8", since: 130000 },
  sample_blks_scanned: { of: ["analyze"], type: "int8", since: 130000 },
  ext_stats_total: { of: ["analyze"], type: "int8", since: 130000 },
  ext_stats_computed: { of: ["analyze"], type: "int8", since: 130000 },
  child_tables_total: { of: ["analyze"], type: "int8", since: 130000 },
  child_tables_done: { of: ["analyze"], type: "int8", since: 130000 },
  current_child_table_relid: { of: ["analyze"], type: "oid", since: 130000 },
  backup_total: { of: ["basebackup"], type: "int8", since: 130000 },
  backup_streamed: { of: ["basebackup"], type: "int8", since: 130000 },
  tablespaces_total: { of: ["basebackup"], type: "int8", since: 130000 },
  tablespaces_streamed: { of: ["basebackup"], type: "int8", since: 130000 },
  type: { of: ["copy"], type: "text", since: 140000 },
  bytes_processed: { of: ["copy"], type: "int8", since: 140000 },
  bytes_total: { of: ["copy"], type: "int8", since: 140000 },
  tuples_processed: { of: ["copy"], type: "int8", since: 140000 },
  tuples_excluded: { of: ["copy"], type: "int8", since: 140000 },
  tuples_skipped: { of: ["copy"], type: "int8", since: 170000 },
} as const satisfies Readonly<Record<string, Own>>;

export type OwnColumn = keyof typeof own;

const owned: readonly (readonly [OwnColumn, Own])[] = Object.entries<Own>(own) as [OwnColumn, Own][];

/** PostgreSQL's columns of a relation that are counters: something goes on while one of them changes. */
export const counters: readonly string[] = owned.flatMap(([name, { type }]) =>
  // It sleeps between two blocks, and stands still where it does only that.
  type === "int8" && name !== "delay_time" ? name : [],
);

const isIn = ({ since = 0 }: { readonly since?: number }, version: number) => since <= version;

function caseOf(counted: readonly Counted[], pick: (one: Counted) => string, type: string): string {
  const branches = counted.map((one) => `when ${one.when} then ${pick(one)}`);
  return `case ${branches.join(" ")} end::${type}`;
}

function selectOf(report: Report, version: number): string {
  const { relation, command, index, hasRelation, hasPhase = true, counted } = report;
  const kind = relation.slice("pg_stat_progress_".length);
  const all = kind === "vacuum" && version >= 170000 ? [...counted, ...indexesSince17] : counted;
  const columns = owned
    .filter(([, one]) => isIn(one, version))
    .map(([name, { of, type, before, as }]) => {
      const isHere = of.includes(kind) && (before === undefined || version < before);
      return `${isHere ? (as ?? `p.${name}`) : `null::${type}`} as ${name}`;
    });
  return `select p.pid, ${hasRelation ? "p.datid, p.datname, nullif(p.relid, 0)" : "null::oid, null::name, null::oid"} as relid,
    ${command} as command, ${hasPhase ? "p.phase" : "null::text"} as phase, ${index ?? "null::oid"} as on_index,
    ${caseOf(all, ({ unit }) => `'${unit}'`, "text")} as unit,
    ${caseOf(all, ({ done }) => done, "int8")} as done, ${caseOf(all, ({ total }) => total, "int8")} as total,
    ${columns.join(", ")}
  from pg_catalog.${relation} as p`;
}

/** SQL: the name of a relation of the database that we are in; a TOAST table goes by its table. */
const nameOf = (oid: string) => `(select case
      when c.relkind = 't' then coalesce((
        select m.nspname || '.' || o.relname || ' (TOAST)' from pg_catalog.pg_class as o
        join pg_catalog.pg_namespace as m on m.oid = o.relnamespace where o.reltoastrelid = c.oid), c.relname)
      else n.nspname || '.' || c.relname end
    from pg_catalog.pg_class as c join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    where c.oid = ${oid} and r.datname = pg_catalog.current_database())`;

/**
 * The commands that report how far they are, and who runs each. Names of relations are known in the session's own database
 * alone. The last words of an autovacuum worker are the server's own (autovacuum.c), never translated.
 */
export function progressStatement(version: number): string {
  const parts = reports.filter((one) => isIn(one, version)).map((one) => selectOf(one, version));
  const columns = owned.filter(([, one]) => isIn(one, version)).map(([name]) => `r.${name}`);
  return `
with reports (pid, datid, datname, relid) as (
  ${parts.join("\n  union all\n  ")}
)
select
  r.pid, a.backend_start::text as backend_start_text, r.command, r.datid, r.datname, r.relid,
  coalesce(${nameOf("r.relid")}, 'oid ' || r.relid || ' in ' || r.datname) as relation,
  coalesce(${nameOf("r.on_index")}, 'oid ' || r.on_index) as index,
  r.phase, r.unit, r.done, r.total,
  pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - a.query_start) as elapsed_seconds,
  a.wait_event_type || ':' || a.wait_event as wait,
  case when a.wait_event_type = 'Lock' then pg_catalog.pg_blocking_pids(r.pid) end as blocked_by,
  pg_catalog.pg_get_userbyid(a.usesysid) as usename, a.application_name, a.backend_type,
  a.backend_type = 'autovacuum worker'
    and pg_catalog.textsend(a.query) like pg_catalog.textsend('% (to prevent wraparound)') as wraparound,
  ${columns.join(", ")},
  ${statementSql} as query
from reports as r
left join lateral pg_catalog.pg_stat_get_activity(r.pid) as a on true
left join pg_catalog.pg_database as d on d.oid = a.datid`;
}
