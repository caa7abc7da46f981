import { readFile } from "node:fs/promises";
import type { ThrowawayServer } from "../src/services/throwaway/throwaway-server.ts";
import { costOf } from "./process-cost.ts";

/** What one monitor costs a server, totals since the server started. */
type Reading = {
  readonly statements: number;
  readonly serverMs: number;
  readonly opened: number;
  readonly cpuSeconds: number;
};

/** What one monitor costs one server; times and counts per minute. */
export type Bill = {
  readonly statements: number;
  /** Execution and planning, by pg_stat_statements. */
  readonly serverMs: number;
  /** Sessions of the role at the end of the window. */
  readonly held: number;
  readonly opened: number;
  /** All of the server's processes, so that it only speaks of the monitor while nobody else is connected. */
  readonly cpuSeconds: number;
};

const statementsOf = `select coalesce(sum(calls), 0)::float8 as statements,
  coalesce(sum(total_exec_time + total_plan_time), 0)::float8 as ms
  from pg_stat_statements where userid = 'monitor'::regrole`;
const sessionsOf = "select count(*)::int4 as held from pg_stat_activity where usename = 'monitor'";

/** Starts to count what the role monitor costs these servers; the returned function ends it, one bill for each. */
export async function openBills(servers: readonly ThrowawayServer[]): Promise<() => Promise<Bill[]>> {
  const before: Reading[] = [];
  for (const server of servers) before.push({ ...(await readTotals(server)), ...readCpu(server) });
  const startMs = performance.now();
  return async () => {
    const minutes = (performance.now() - startMs) / 60_000;
    // CPU first: our own question is no part of the monitor's bill.
    const cpu = servers.map(readCpu);
    const bills: Bill[] = [];
    for (const [index, server] of servers.entries()) {
      const first = before[index];
      const last = { ...(await readTotals(server)), ...cpu[index] };
      const [sessions] = await server.query<{ held: number }>(sessionsOf);
      const rate = (key: keyof Reading) => ((last[key] ?? 0) - (first?.[key] ?? 0)) / minutes;
      bills.push({
        statements: rate("statements"),
        serverMs: rate("serverMs"),
        held: sessions?.held ?? Number.NaN,
        opened: rate("opened"),
        cpuSeconds: rate("cpuSeconds"),
      });
    }
    return bills;
  };
}

async function readTotals(server: ThrowawayServer): Promise<Omit<Reading, "cpuSeconds">> {
  const [row] = await server.query<{ statements: number; ms: number }>(statementsOf);
  const log = await readFile(server.logFile, "utf8");
  const opened = log.match(/connection authorized: user=monitor/g)?.length ?? 0;
  return { statements: row?.statements ?? 0, serverMs: row?.ms ?? 0, opened };
}

function readCpu(server: ThrowawayServer): { cpuSeconds: number } {
  const pid = server.pid();
  return { cpuSeconds: pid === null ? 0 : costOf(pid).cpuSeconds };
}
