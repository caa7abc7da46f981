import pg from "pg";
import type { ThrowawayServer } from "../../src/services/throwaway/throwaway-server.ts";
import { pgparade } from "../measure-program.ts";
import type { Options } from "../options.ts";
import { costOf } from "../process-cost.ts";
import { bigDatabase, tablesShown } from "./big-server.ts";
import { cursorLine, type KeyLatency, measureKeys } from "./key-latency.ts";
import { writeConfig } from "./nodes.ts";
import { readPulses } from "./pulses.ts";
import { quit, startUp } from "./start-up.ts";

/** What the program costs a big server, with the fleet on screen and with the tables of all its databases. */
export type BigScreen = {
  /** Execution and planning with the fleet on screen, ms a minute. */
  readonly fleetMs: number;
  /** From the key to the tables of every database. */
  readonly sweepMs: number;
  /** Sessions at once while they are asked. */
  readonly sessions: number;
  /** Processor time of the server for all of them, logins included, by how often they are asked. */
  readonly share: number;
  /** Pulses a second meanwhile, and statements that are not of the tables, of those before. */
  readonly pulseHz: number;
  readonly statements: number;
  readonly keys: KeyLatency;
};

type Ground = { readonly command: readonly string[]; readonly home: string; readonly options: Options };

const sweepDeadlineMs = 120_000;
const pollMs = 500;
/** In this time every rule asks. */
const rulesMs = 60_000;
/** How often tables are asked where they cost little. */
const usualSeconds = 15;

/** Watches the program on the fleet screen, then while it asks all databases for their tables. */
export async function measureBigScreen(
  { command, home, options }: Ground,
  server: ThrowawayServer,
): Promise<BigScreen> {
  const config = await writeConfig(home, [server], "big", bigDatabase);
  const subject = pgparade(command, config, home, [server]);
  const { running } = await startUp(subject.command, home, subject.isFirstFrame, subject.hasData);
  const { terminal } = running;
  const windowMs = Math.max(options.windowMs, rulesMs);
  await Bun.sleep(options.warmUpMs);
  const before = await readBill(server);
  await Bun.sleep(windowMs);
  const fleet = perSecond(before, await readBill(server));

  await using sessions = await watchSessions(server);
  const [opened, cpuSeconds] = [await readBill(server), serverCpu(server)];
  terminal.press(":", ..."tables", "\r");
  const isWhole = (rows: string[]) =>
    rows.some((row) => row.includes(` of ${tablesShown} `)) &&
    !rows.some((row) => / no answer yet/.test(row));
  await terminal.until(isWhole, sweepDeadlineMs);
  const sweepMs = performance.now() - opened.atMs;
  const sweepSeconds = serverCpu(server) - cpuSeconds;
  const everySeconds = pacesOn(await terminal.screen()) ?? usualSeconds;
  const most = sessions.most();
  await Bun.sleep(Math.max(0, windowMs - sweepMs));
  const open = perSecond(opened, await readBill(server));
  const keys = await measureKeys(terminal, ["j", "k"], options.keys, cursorLine);
  await quit(running);
  return {
    fleetMs: fleet.ms * 60,
    ...{ sweepMs, sessions: most, share: sweepSeconds / everySeconds, keys },
    pulseHz: open.pulses,
    statements: open.statements / fleet.statements,
  };
}

const serverCpu = (server: ThrowawayServer) => costOf(server.pid() ?? 0).cpuSeconds;

/** How often the table says that it is asked, in seconds; null where it says nothing, so as usual. */
function pacesOn(rows: readonly string[]): number | null {
  const [, seconds] = /every (\d+)s: it takes/.exec(rows.join("\n")) ?? [];
  return seconds === undefined ? null : Number(seconds);
}

type Bill = {
  readonly statements: number;
  readonly ms: number;
  readonly pulses: number;
  readonly atMs: number;
};

/** What the role monitor asked of the server that is not of the tables. */
async function readBill(server: ThrowawayServer): Promise<Bill> {
  const pulses = await readPulses([server]);
  const [row] = await server.query<{ statements: number; ms: number }>(
    `select coalesce(sum(calls), 0)::float8 as statements,
       coalesce(sum(total_exec_time + total_plan_time), 0)::float8 as ms
     from pg_stat_statements where userid = 'monitor'::regrole
       and dbid = (select oid from pg_database where datname = '${bigDatabase}')
       and query not like '%relfrozenxid, c.reltuples%'`,
  );
  return { statements: row?.statements ?? 0, ms: row?.ms ?? 0, pulses, atMs: performance.now() };
}

function perSecond(first: Bill, last: Bill): Omit<Bill, "atMs"> {
  const rate = (key: keyof Bill) => (last[key] - first[key]) / ((last.atMs - first.atMs) / 1000);
  return { statements: rate("statements"), ms: rate("ms"), pulses: rate("pulses") };
}

/** Counts the sessions of the role monitor again and again. */
async function watchSessions(server: ThrowawayServer) {
  const { socketDirectory: host, port } = server;
  const client = new pg.Client({ host, port, user: "postgres", database: "postgres" });
  client.on("error", () => {});
  await client.connect();
  let most = 0;
  let ended = false;
  const watching = (async () => {
    while (!ended) {
      const { rows } = await client.query("select from pg_stat_activity where usename = 'monitor'");
      most = Math.max(most, rows.length);
      await Bun.sleep(pollMs);
    }
  })();
  return {
    most: () => most,
    [Symbol.asyncDispose]: async () => {
      ended = true;
      await watching;
      await client.end();
    },
  };
}
