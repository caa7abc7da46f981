import type { ThrowawayServer } from "../../src/services/throwaway/throwaway-server.ts";

/** How often these servers have answered the pulse of the role monitor. */
export async function readPulses(servers: readonly ThrowawayServer[]): Promise<number> {
  let pulses = 0;
  for (const server of servers) {
    const [row] = await server.query<{ pulses: number }>(
      `select coalesce(sum(calls), 0)::float8 as pulses from pg_stat_statements
       where userid = 'monitor'::regrole and query like '%oldest_prepared_gid%'`,
    );
    pulses += row?.pulses ?? 0;
  }
  return pulses;
}
