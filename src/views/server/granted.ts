/**
 * SQL for whole numbers (int8[]) that a query over a function gives: as a value where it gives one row, null where the role may
 * not execute the function; or as a relation with the column `held`, whose rows differ, without any then.
 *
 * A function that is not granted fails its statement at the start, also in a branch of a CASE that is not taken. The rights of a query
 * that is a text are looked at when it is run, and ts_stat() runs none for null. It wants a tsvector: the numbers are its one word.
 * @param called the function with its schema and the types of its arguments, as regprocedure prints it
 * @param values SQL expressions of whole numbers
 * @param from what they are taken from, the function among it
 * @param wanted an SQL condition without which nothing is run: planning the text costs more than a catalog
 */
export const whereGranted = (called: string, values: string, from: string, wanted = "true"): string => {
  const query = `select pg_catalog.array_to_tsvector(array[(array[${values}]::int8[])::text]) from ${from}`;
  return `(select r.word::int8[] as held from pg_catalog.ts_stat(
    case when ${wanted} and pg_catalog.has_function_privilege('${called}', 'execute')
         then '${query.replaceAll("'", "''")}' end) as r)`;
};
