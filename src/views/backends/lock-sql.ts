import { conflictsSql } from "../../postgres/lock-modes.ts";

/** pg_blocking_pids() goes through the lock's whole queue, so a queue of thousands would take seconds: its head is asked. */
export const askedOfQueue = 50;

/** SQL: a lock of `l`, a row of pg_locks, told from others by all of its columns as one text. */
export const lockText = `(l.locktype, l.database, l.relation, l.page, l.tuple, l.virtualxid, l.transactionid, l.classid, l.objid,
      l.objsubid)::text`;

/** SQL: how many wait before `l`, and itself, for the same `lock` in the same mode; before 14 in some order. */
export const placeInQueue =
  "pg_catalog.row_number() over (partition by l.lock, l.mode order by l.waitstart, l.pid)";

/** SQL: pg_locks.waitstart, which exists from 14. */
export const unknownStart = "null::timestamptz";

const relationName = `coalesce(n.nspname || '.' || c.relname,
      'oid ' || w.on_relation || case when w.database <> 0 then coalesce(' in ' || rd.datname, '') else '' end)
    || case when w.on_tuple is not null then ' (' || w.on_page || ',' || w.on_tuple || ')'
            when w.on_page is not null then ' page ' || w.on_page else '' end`;

/**
 * SQL: what a lock of pg_locks is on, for people. `w` has its columns, and the relation, page and tuple as on_relation,
 * on_page and on_tuple. Names of relations are known in the session's own database alone.
 */
export const lockedObject = `case
    when w.on_relation is not null then ${relationName}
    when w.locktype = 'transactionid' then 'transaction ' || w.transactionid
    when w.locktype = 'virtualxid' then 'virtual transaction ' || w.virtualxid
    when w.locktype = 'advisory' and w.objsubid = 1 then ((w.classid::int8 << 32) | w.objid::int8)::text
    when w.locktype = 'advisory' then w.classid || ',' || w.objid
    when w.locktype = 'object' then coalesce(k.relname::text, w.classid::text) || ' ' || w.objid end`;

/** SQL: the joins that {@link lockedObject} takes names from. */
export const lockedObjectJoins = `left join pg_catalog.pg_database as rd on rd.oid = w.database
left join pg_catalog.pg_class as c on c.oid = w.on_relation and (w.database = 0 or rd.datname = pg_catalog.current_database())
left join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
left join pg_catalog.pg_class as k on k.oid = w.classid and w.locktype = 'object'`;

/**
 * SQL: the prepared transactions `p` that have what `w` waits for. They have no process: pg_blocking_pids() says 0, and
 * their locks have no pid. The lock on its own transaction id, under the same virtual transaction, leads to its name.
 * @param locks a relation with the columns of pg_locks, those without a pid and those that are waited for at least
 */
export const preparedHolders = (locks: string) => `${locks} as w
  join ${locks} as h on h.granted and h.pid is null and h.mode = any (${conflictsSql("w.mode")})
    and (h.locktype, h.database, h.relation, h.page, h.tuple, h.transactionid, h.classid, h.objid, h.objsubid)
      is not distinct from
        (w.locktype, w.database, w.relation, w.page, w.tuple, w.transactionid, w.classid, w.objid, w.objsubid)
  join ${locks} as x on x.locktype = 'transactionid' and x.granted and x.virtualtransaction = h.virtualtransaction
  join pg_catalog.pg_prepared_xacts as p on p.transaction = x.transactionid`;
