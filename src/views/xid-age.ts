/** SQL: the age of a transaction id as int8, null for null; 0 for one that began after our statement. */
export const ageOf = (xid: string): string =>
  `case when ${xid} is not null then greatest(pg_catalog.age(${xid}), 0)::int8 end`;
