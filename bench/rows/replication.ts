import { createServer } from "../../src/services/throwaway/create-server.ts";
import { startStandby } from "../../src/services/throwaway/create-standby.ts";
import type { Scratch } from "../../src/services/throwaway/scratch.ts";
import { type Measured, measureProgram, pgparade } from "../measure-program.ts";
import type { Options } from "../options.ts";
import { bootstrap, settings, writeConfig } from "./nodes.ts";

const standbys = 5;
const slots = 20;

type Ground = {
  readonly command: readonly string[];
  readonly scratch: Scratch;
  readonly options: Options;
};

/**
 * What the fleet screen costs a primary with 5 standbys and 20 slots, all of them watched: a slot for each standby, the others
 * without a consumer, half of them logical. Over twice the usual time, a minute: some rules ask so seldom.
 */
export async function measureReplication({ command, scratch, options }: Ground): Promise<Measured> {
  const own = { wal_level: "logical", max_wal_senders: "10", max_replication_slots: String(slots + 5) };
  const primary = await createServer(scratch, {
    ...{ name: "primary", settings: { ...settings, ...own }, bootstrap },
  });
  await primary.start();
  await primary.query(
    `select case when n <= ${standbys} or n % 2 = 0 then pg_create_physical_replication_slot('slot_' || n, true)
       else pg_create_logical_replication_slot('slot_' || n, 'pgoutput') end
     from generate_series(1, ${slots}) as n`,
  );
  const nodes = [primary];
  for (let n = 1; n <= standbys; n++)
    nodes.push(await startStandby(primary, { name: `standby-${n}`, slot: `slot_${n}` }));
  try {
    const config = await writeConfig(scratch.directory, nodes, "replication");
    const subject = pgparade(command, config, scratch.directory, nodes);
    const longer = { ...options, starts: 1, windowMs: 2 * options.windowMs };
    return await measureProgram({ ...subject, servers: [primary] }, longer, 1);
  } finally {
    for (const node of nodes.reverse()) await node.stop();
  }
}
