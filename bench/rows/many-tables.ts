import type { ThrowawayServer } from "../../src/services/throwaway/throwaway-server.ts";

const tables = 10_000;
const batch = 1000;

/** Makes a database of 10,000 tables with an index each, and returns its name. */
export async function makeManyTables(server: ThrowawayServer): Promise<string> {
  const name = "many_tables";
  await server.query(`create database ${name}`);
  for (let first = 0; first < tables; first += batch)
    await server.query(
      `do $$ begin for n in ${first}..${first + batch - 1} loop
        execute format('create table t%s (id integer primary key, body text)', n); end loop; end $$`,
      name,
    );
  return name;
}
