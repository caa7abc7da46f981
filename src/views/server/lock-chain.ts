import { preparedHolders } from "../backends/lock-sql.ts";

/** Seconds since 1970 of a moment, or seconds of an interval. */
export const epochOf = (moment: string) => `pg_catalog.date_part('epoch', ${moment})`;

/** A hidden backend that has a user is a client or a worker of one; autovacuum has a database and no user. */
export const isClient =
  "coalesce(backend_type = 'client backend', datid is not null and usesysid is not null)";

/**
 * How long the longest wait lasts, and the root of its chain, found by the first blocker of each; 0 is a prepared
 * transaction. A chain of 20 is a circle, which the server ends.
 */
export const chainOf = (waiter: string) => `
  with recursive waiter as (${waiter}),
  chain as (
    select w.pid, pg_catalog.pg_blocking_pids(w.pid) as blockers, 0 as depth from waiter as w
    union all
    select c.blockers[1], pg_catalog.pg_blocking_pids(c.blockers[1]), c.depth + 1
    from chain as c where c.blockers[1] <> 0 and c.depth < 20
  )
  select array[w.seconds, root.pid, ${epochOf("r.backend_start")}, root.last]
  from waiter as w
  cross join (
    select case when c.blockers[1] = 0 then 0 when c.depth > 0 then c.pid end as pid, c.pid as last
    from chain as c order by c.depth desc limit 1
  ) as root
  left join pg_catalog.pg_stat_activity as r on r.pid = root.pid`;

/** The name of the prepared transaction that the last of the chain waits for, as the activity view finds it. */
export const preparedRoot = `
  select p.gid from ${preparedHolders("pg_catalog.pg_locks")}
  where not w.granted and w.pid = waiting.chain[4]::int4 order by p.prepared limit 1`;

export const waiterUpTo13 = `
    select a.pid, ${epochOf("pg_catalog.clock_timestamp() - a.state_change")} as seconds
    from pg_catalog.pg_stat_activity as a
    where a.wait_event_type = 'Lock' and ${isClient} order by a.state_change limit 1`;

export const waiterSince14 = `
    select l.pid, ${epochOf("pg_catalog.clock_timestamp() - l.waitstart")} as seconds
    from pg_catalog.pg_locks as l join pg_catalog.pg_stat_activity as a on a.pid = l.pid
    where not l.granted and a.wait_event_type = 'Lock' and ${isClient} order by l.waitstart limit 1`;
