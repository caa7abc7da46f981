import { describe, expect, test } from "bun:test";
import { appendFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createStandby } from "../../../src/services/throwaway/create-standby.ts";
import { settingLines } from "../../../src/services/throwaway/server-configuration.ts";
import { runServerProgram } from "../../../src/services/throwaway/server-program.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { judgedNode, rounds } from "../../support/rules/rounds.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { runProgram } from "../../support/terminal/program.ts";

/** The folder of server binaries that have pg_rewind, as Debian installs them; undefined where there are none. */
const withRewind = [...new Bun.Glob("/usr/lib/postgresql/*/bin/pg_rewind").scanSync("/")]
  .toSorted()
  .map((program) => dirname(dirname(program)))
  .at(-1);

/** Makes a standby of the primary again out of what was a primary beside it, and returns it started. */
type Mend = (old: ThrowawayServer, primary: ThrowawayServer) => Promise<ThrowawayServer>;

/** What belongs to the server itself, which pg_rewind takes from the other one. */
async function rewind(old: ThrowawayServer, primary: ThrowawayServer): Promise<ThrowawayServer> {
  await old.stop();
  const source = `host=${primary.socketDirectory} port=${primary.port} user=postgres dbname=postgres`;
  await runServerProgram(old.scratch, [
    "pg_rewind",
    `--target-pgdata=${old.dataDirectory}`,
    `--source-server=${source}`,
  ]);
  const own = settingLines({
    port: String(old.port),
    cluster_name: old.name,
    primary_conninfo: `host=127.0.0.1 port=${primary.port} user=replicator application_name=${old.name}`,
  });
  await appendFile(join(old.dataDirectory, "postgresql.conf"), own);
  await writeFile(join(old.dataDirectory, "standby.signal"), "");
  await old.start();
  return old;
}

async function cloneAnew(old: ThrowawayServer, primary: ThrowawayServer): Promise<ThrowawayServer> {
  const { name, port } = old;
  await old.stop();
  await rm(old.folder, { recursive: true });
  const standby = await createStandby(primary, { name, port });
  await standby.start();
  return standby;
}

type Way = {
  readonly way: string;
  readonly mend: Mend;
  readonly binaries: string | undefined;
  readonly isHere: boolean;
};

const ways: readonly Way[] = [
  {
    way: "pg_rewind (needs Debian's postgresql)",
    mend: rewind,
    binaries: withRewind,
    isHere: withRewind !== undefined,
  },
  { way: "a fresh clone", mend: cloneAnew, binaries: undefined, isHere: true },
];

describe.each(ways)("$way", ({ mend, binaries, isHere }) => {
  const servers = serversForTests({
    ...(binaries !== undefined && { binaries: async () => binaries }),
    settings: { wal_log_hints: "on" }, // pg_rewind asks for it where there are no checksums
  });

  test.skipIf(!isHere)("ends the alarm about an old primary that came back as it was", async () => {
    const { primary: old, standbys } = await servers.cluster("pair");
    const [promoted] = standbys;
    if (!promoted) throw new Error("no standby");
    await using watched = rounds(
      [old, promoted].map((server) => judgedNode(server, {}, { cluster: "orders" })),
    );
    const untilRound = (condition: () => boolean) =>
      until(async () => {
        await watched.round();
        return condition();
      });
    const alarms = () =>
      [old, promoted].map(({ name }) => watched.alerts(name, "split_brain").map(({ text }) => text));
    await untilRound(() => watched.node(promoted.name).lag?.bytes === 0n);
    await old.stop();
    await promoted.promote();
    await promoted.query("create table public.written_since (a int)");
    await old.start();
    await old.query("create table public.written_on_the_old (a int)");
    await untilRound(() => alarms().every((texts) => texts.length > 0));
    const newer = `split brain: ${promoted.name} is primary too, on the newer timeline 2, promoted `;
    expect(alarms()).toEqual([
      [expect.stringMatching(new RegExp(`^${newer}.*s ago$`))],
      [`split brain: ${old.name} is primary too, on the older timeline 1`],
    ]);
    const look = (...servers: readonly { readonly port: number }[]) =>
      runProgram([
        "check",
        ...servers.map(({ port }) => `postgres://monitor@127.0.0.1:${port}/postgres?sslmode=disable`),
      ]);
    const alarmed = await look(old, promoted);
    expect([alarmed.code, alarmed.stdout.match(/split brain: \S+ is primary too/g)?.length]).toEqual([2, 2]);
    const mended = await mend(old, promoted);
    await untilRound(() => watched.node(old.name).lag?.bytes === 0n && alarms().flat().length === 0);
    expect(watched.node(old.name)).toMatchObject({ facts: { inRecovery: true, timeline: 2 }, alerts: [] });
    expect(watched.clusters[0]?.problem ?? null).toBeNull();
    const { code, stdout } = await look(mended, promoted);
    expect([code, stdout.match(/split brain|timeline/g)]).toEqual([0, null]);
  });
});
