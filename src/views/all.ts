import { activity } from "./backends/activity.ts";
import { lockWaits } from "./backends/lock-waits.ts";
import { locks } from "./backends/locks.ts";
import { sessionLocks } from "./backends/session-locks.ts";
import { waitSamples } from "./backends/wait-samples.ts";
import { waitDatabases, waitStatements, waits, waitUsers } from "./backends/waits.ts";
import { aio } from "./io/aio.ts";
import { bgwriter } from "./io/bgwriter.ts";
import { buffers } from "./io/buffers.ts";
import { checkpoints } from "./io/checkpoints.ts";
import { io } from "./io/io.ts";
import { ioStatistics } from "./io/io-statistics.ts";
import { sharedMemory } from "./io/shared-memory.ts";
import { slru } from "./io/slru.ts";
import { tempFiles } from "./io/temp-files.ts";
import { log } from "./log/log.ts";
import { logSettings } from "./log/log-settings.ts";
import { logTail } from "./log/log-tail.ts";
import { publications } from "./logical/publications.ts";
import { subscriptionTables } from "./logical/subscription-tables.ts";
import { subscriptionWorkers } from "./logical/subscription-workers.ts";
import { subscriptions } from "./logical/subscriptions.ts";
import { autovacuumBackends } from "./maintenance/autovacuum-backends.ts";
import { autovacuumWorkers } from "./maintenance/autovacuum-workers.ts";
import { progress } from "./maintenance/progress.ts";
import { progressReports } from "./maintenance/progress-reports.ts";
import { vacuum } from "./maintenance/vacuum.ts";
import { pglogicalConflicts } from "./pglogical/pglogical-conflicts.ts";
import { pglogicalNodes } from "./pglogical/pglogical-nodes.ts";
import { pglogicalOrigins } from "./pglogical/pglogical-origins.ts";
import { pglogicalSets } from "./pglogical/pglogical-sets.ts";
import { pglogicalSubscriptions } from "./pglogical/pglogical-subscriptions.ts";
import { pglogicalTables } from "./pglogical/pglogical-tables.ts";
import { conflicts } from "./replication/conflicts.ts";
import { edges } from "./replication/edges.ts";
import { patroni } from "./replication/patroni.ts";
import { patroniHistory } from "./replication/patroni-history.ts";
import { replication } from "./replication/replication.ts";
import { replicationSlots } from "./replication/replication-slots.ts";
import { slots } from "./replication/slots.ts";
import { topology } from "./replication/topology.ts";
import { wal } from "./replication/wal.ts";
import { alerts } from "./server/alerts.ts";
import { archiveStatus } from "./server/archive-status.ts";
import { archiver } from "./server/archiver.ts";
import { archiverStatistics } from "./server/archiver-statistics.ts";
import { events } from "./server/events.ts";
import { fleet } from "./server/fleet.ts";
import { horizon } from "./server/horizon.ts";
import { pulseView } from "./server/pulse.ts";
import { restart } from "./server/restart.ts";
import { configFiles } from "./settings/config-files.ts";
import { drift } from "./settings/drift.ts";
import { extensions } from "./settings/extensions.ts";
import { hba } from "./settings/hba.ts";
import { roles } from "./settings/roles.ts";
import { settingValues } from "./settings/setting-values.ts";
import { settings } from "./settings/settings.ts";
import { statements } from "./statements/statements.ts";
import { statementsAcross } from "./statements/statements-across.ts";
import { bloat } from "./storage/bloat.ts";
import { databaseSessions } from "./storage/database-sessions.ts";
import { databaseSizes } from "./storage/database-sizes.ts";
import { databases } from "./storage/databases.ts";
import { foreignKeys } from "./storage/foreign-keys.ts";
import { functions } from "./storage/functions.ts";
import { indexes } from "./storage/indexes.ts";
import { partitions } from "./storage/partitions.ts";
import { sequences } from "./storage/sequences.ts";
import { tables } from "./storage/tables.ts";
import { tablespaces } from "./storage/tablespaces.ts";
import { triggers } from "./storage/triggers.ts";
import { unusedIndexes } from "./storage/unused-indexes.ts";
import type { AskedView, View } from "./view.ts";

/** Every statistics view of the program, in tab order. */
export const views: readonly View[] = [
  fleet,
  alerts,
  activity,
  locks,
  waits,
  waitStatements,
  waitUsers,
  waitDatabases,
  statements,
  statementsAcross,
  topology,
  patroni,
  patroniHistory,
  replication,
  slots,
  subscriptions,
  subscriptionTables,
  publications,
  pglogicalSubscriptions,
  pglogicalTables,
  pglogicalConflicts,
  pglogicalSets,
  pglogicalNodes,
  conflicts,
  wal,
  databases,
  databaseSizes,
  databaseSessions,
  tables,
  indexes,
  unusedIndexes,
  bloat,
  foreignKeys,
  sequences,
  partitions,
  triggers,
  functions,
  tablespaces,
  progress,
  vacuum,
  autovacuumWorkers,
  io,
  checkpoints,
  bgwriter,
  buffers,
  slru,
  tempFiles,
  sharedMemory,
  aio,
  horizon,
  archiver,
  restart,
  settings,
  drift,
  extensions,
  roles,
  configFiles,
  hba,
  log,
  events,
  lockWaits,
  waitSamples,
  logSettings,
  logTail,
  sessionLocks,
  replicationSlots,
  subscriptionWorkers,
  ioStatistics,
  archiverStatistics,
  archiveStatus,
  pglogicalOrigins,
  settingValues,
  progressReports,
  autovacuumBackends,
  edges,
  pulseView,
];

/** Those that servers are asked for. */
export const askedViews: readonly AskedView[] = views.filter((view) => view.kind === "asked");

let all = views;

/**
 * Puts the views of the config behind those of the program, instead of the ones before: the lists below have them. Tells
 * the names of those that came, changed or went.
 */
export function setCustomViews(custom: readonly AskedView[]): ReadonlySet<string> {
  const before = all;
  all = custom.length === 0 ? views : [...views, ...custom];
  const others = [
    ...before.filter((view) => !all.includes(view)),
    ...all.filter((view) => !before.includes(view)),
  ];
  return new Set(others.map(({ name }) => name));
}

/** Those of the program and of the config, in tab order. */
export const allViews = (): readonly View[] => all;

/** Those that a user is offered. The others feed these; who knows their names may ask for them. */
export const offeredViews = (): readonly View[] => all.filter(({ tab }) => tab !== false);

export function viewNamed(name: string): View | undefined {
  return all.find((view) => view.name === name);
}
