/** Conditions to wait for with {@link Stage.until}: each selects one boolean. */

/** The backend waits for a heavyweight lock. */
export const waitsForLock = (pid: number) =>
  `select wait_event_type = 'Lock' from pg_catalog.pg_stat_activity where pid = ${pid}`;

/** The backend is in the pg_sleep() of its statement. By then it has locked the tables that the statement reads. */
export const sleeps = (pid: number) =>
  `select wait_event = 'PgSleep' from pg_catalog.pg_stat_activity where pid = ${pid}`;
