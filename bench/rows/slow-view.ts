import type { ThrowawayServer } from "../../src/services/throwaway/throwaway-server.ts";
import { manySessions, slowReplication } from "../../tests/support/slow-view.ts";
import { pgparade } from "../measure-program.ts";
import type { Options } from "../options.ts";
import { writeConfig } from "./nodes.ts";
import { readPulses } from "./pulses.ts";
import { quit, startUp } from "./start-up.ts";

/** What a view on screen does to the pulse of its node. */
export type SlowView = {
  /** Pulses a second while a view takes 3 s, and where the pulse itself counts 2,000 sessions. */
  readonly slowHz: number;
  readonly crowdedHz: number;
  /** How much of the server's time the view of 3 s took. */
  readonly share: number;
  /** How often the screen called the node stale. */
  readonly stale: number;
};

const slowSeconds = 3;
const sessions = 2000;

type Ground = { readonly command: readonly string[]; readonly home: string; readonly options: Options };

/** Measures a view of 3 s over two of its intervals, then a pulse of 2,000 sessions. */
export async function measureSlowView(
  { command, home, options }: Ground,
  server: ThrowawayServer,
): Promise<SlowView> {
  const config = await writeConfig(home, [server], "slow-view");
  const subject = pgparade(command, config, home, [server]);
  await slowReplication(server, `perform pg_catalog.pg_sleep(${slowSeconds})`);
  const { running } = await startUp(subject.command, home, subject.isFirstFrame, subject.hasData);
  const { terminal } = running;
  await Bun.sleep(options.warmUpMs);
  const written = terminal.output().length;
  const countOf = async (windowMs: number) => {
    const [before, startMs] = [await readCalls(server), performance.now()];
    await Bun.sleep(windowMs);
    const [after, seconds] = [await readCalls(server), (performance.now() - startMs) / 1000];
    return {
      hz: (after.pulses - before.pulses) / seconds,
      slow: (after.slowMs - before.slowMs) / 1000 / seconds,
    };
  };
  terminal.press(":", ..."replication", "\r");
  const slow = await countOf(2 * 10 * slowSeconds * 1000);
  await manySessions(server, sessions);
  terminal.press("a");
  await terminal.until((rows) => rows.some((row) => row.includes("STATEMENT")));
  const crowded = await countOf(options.windowMs);
  const stale = terminal.output().slice(written).split("◌").length - 1;
  await quit(running);
  return { slowHz: slow.hz, crowdedHz: crowded.hz, share: slow.slow, stale };
}

async function readCalls(server: ThrowawayServer): Promise<{ pulses: number; slowMs: number }> {
  const [row] = await server.query<{ slow_ms: number }>(
    `select coalesce(sum(total_exec_time), 0)::float8 as slow_ms from pg_stat_statements
     where userid = 'monitor'::regrole and query like '%sent_behind%'`,
  );
  return { pulses: await readPulses([server]), slowMs: row?.slow_ms ?? 0 };
}
