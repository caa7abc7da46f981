import { pglogicalStatusLevel, youngSeconds } from "../../stats/replication/subscription-state.ts";
import { bool, integer, seconds, secondsSince, text, texts } from "../columns.ts";
import { defineView, type RowOf } from "../view.ts";
import { syncWord, workers } from "./sync-words.ts";

/**
 * The status in the words of pglogical.show_subscription_status(), by what that function looks at. It is not called: it
 * fails in a database without a node, and holds up all workers of pglogical while it reads.
 */
const statement = `
with workers as (${workers}
)
select s.sub_name,
  case
    when w.pid is null then case when s.sub_enabled then 'down' else 'disabled' end
    when own.sync_status is null then 'unknown'
    when own.sync_status = 'r' then 'replicating'
    else 'initializing'
  end as status,
  s.sub_enabled, p.node_name as provider_node, s.sub_slot_name,
  pg_catalog.array_to_json(s.sub_replication_sets)::text as sub_replication_sets,
  pg_catalog.array_to_json(s.sub_forward_origins)::text as sub_forward_origins,
  pg_catalog.date_part('epoch', s.sub_apply_delay) as sub_apply_delay,
  ${syncWord("own.sync_status")} as sync_status,
  (select pg_catalog.count(*) from pglogical.local_sync_status as t
    where t.sync_subid = s.sub_id and t.sync_relname is not null and t.sync_status not in ('y', 'r')) as unsynced,
  (select case when pg_catalog.bool_or(c.backend_start is null) then null
      else pg_catalog.count(*) filter (where c.backend_start < pg_catalog.clock_timestamp() - interval '${youngSeconds} s') end
    from workers as c
    where pg_catalog.textsend(c.application_name)
      like pg_catalog.textsend(pg_catalog.concat('pglogical sync % ', c.datid, ':', s.sub_id))) as copying,
  w.pid, ${secondsSince("w.backend_start")} as worker_seconds
from pglogical.subscription as s
left join pglogical.node as p on p.node_id = s.sub_origin
left join pglogical.local_sync_status as own on own.sync_subid = s.sub_id
  and own.sync_nspname is null and own.sync_relname is null
left join workers as w on w.application_name = pg_catalog.concat('pglogical apply ', w.datid, ':', s.sub_id)`;

/** Subscriptions of pglogical in every database: whether they go on, from which provider, with what. */
export const pglogicalSubscriptions = defineView({
  name: "pglogical_subscriptions",
  title: "pglogical subscriptions",
  section: "replication",
  source: "pglogical.subscription, pglogical.node, pglogical.local_sync_status, pg_stat_activity",
  scope: "database",
  runsOn: "primary",
  needsExtension: { name: "pglogical", major: 2 },
  everyMs: 5_000,
  rowKey: ["sub_name"],
  rowName: "sub_name",
  sortBy: "sub_name",
  none: "no pglogical subscriptions",
  withoutAllStats: "since when workers run may not be seen",
  withheld: ({ pid }) => (pid === null ? null : "durations"),
  lacks: (_, column) => column === "pid" || column === "sub_forward_origins",
  columns: {
    sub_name: text("SUBSCRIPTION", { required: true, priority: 0, maxWidth: 30, about: "its name" }),
    status: text("STATUS", {
      required: true,
      priority: 0,
      about:
        "replicating; initializing: it copies what was there before; disabled; down: enabled, and no worker applies",
      severity: pglogicalStatusLevel,
    }),
    provider_node: text("PROVIDER", {
      priority: 1,
      maxWidth: 24,
      about: "the pglogical node that it comes from",
    }),
    sub_enabled: bool("ENABLED", {
      required: true,
      priority: 2,
      about: "whether it should be replicating",
      severity: (enabled) => (enabled ? "ok" : "warning"),
    }),
    unsynced: integer("UNSYNCED", {
      required: true,
      priority: 1,
      about: "tables that do not follow yet; `pglogical_tables` lists them",
      severity: (tables) => (tables > 0 ? "warning" : "ok"),
    }),
    copying: integer("COPYING", {
      priority: 3,
      about: `tables whose copy has a worker that runs for ${youngSeconds} s or more: one that fails is younger`,
    }),
    pid: integer("PID", {
      priority: 4,
      about: "process id of the worker that applies; none while none runs",
    }),
    worker_seconds: seconds("WORKER", {
      priority: 2,
      about: "time since that worker began: one that fails is started again and again",
      severity: (age) => (age < youngSeconds ? "warning" : "ok"),
    }),
    sync_status: text("SYNC", {
      priority: 4,
      about: "how far its first copy is: sync_structure, sync_data, sync_constraints, catchup, replicating …",
    }),
    sub_slot_name: text("SLOT", { priority: 3, maxWidth: 34, about: "its slot on the provider" }),
    sub_replication_sets: texts("SETS", {
      names: true,
      priority: 2,
      maxWidth: 40,
      about: "the replication sets that it has of the provider",
    }),
    sub_forward_origins: texts("ORIGINS", {
      names: true,
      priority: 4,
      maxWidth: 16,
      about: "all: also what the provider replicated from others; none: only what was written there",
    }),
    sub_apply_delay: seconds("DELAY", { hidden: true, about: "so long it waits before it applies" }),
  },
  sql: { 100000: statement },
});

export type PglogicalSubscription = RowOf<typeof pglogicalSubscriptions> & {
  readonly database: string | null;
};
