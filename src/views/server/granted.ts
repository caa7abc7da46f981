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
export const whereGranted = (called: string, values: string, from: string, wanted = "true"): string =>
  wordsWhereGranted(called, `(array[${values}]::int8[])::text`, from, wanted, "r.word::int8[]");

/**
 * SQL for a relation with the column `held`: the texts that a query over a function gives, without any where the role may not
 * execute the function. Each differs from the others, is not empty, and has less than 2 kB, as words of a tsvector do.
 */
export const textsWhereGranted = (called: string, value: string, from: string, wanted: string): string =>
  wordsWhereGranted(called, value, from, wanted, "r.word");

function wordsWhereGranted(called: string, word: string, from: string, wanted: string, held: string): string {
  const query = `select pg_catalog.array_to_tsvector(array[${word}]) from ${from}`;
  return `(select ${held} as held from pg_catalog.ts_stat(
    case when ${wanted} and pg_catalog.has_function_privilege('${called}', 'execute')
         then '${query.replaceAll("'", "''")}' end) as r)`;
}
