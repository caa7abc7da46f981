import { expect, test } from "bun:test";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { runProgram } from "../../support/terminal/program.ts";

const servers = serversForTests({ settings: { autovacuum: "off" } });

/** What `show unused_indexes` says of the indexes of these servers, by name. */
async function told(
  ...of: readonly ThrowawayServer[]
): Promise<ReadonlyMap<unknown, Record<string, unknown>>> {
  const targets = of.map(({ port }) => `postgres://monitor@127.0.0.1:${port}/postgres?sslmode=disable`);
  const { stdout } = await runProgram(["show", "unused_indexes", "--format", "json", ...targets]);
  const { nodes } = JSON.parse(stdout) as { nodes: { rows?: Record<string, unknown>[] }[] };
  return new Map(nodes.flatMap(({ rows = [] }) => rows.map((row) => [row["indexrelname"], row] as const)));
}

test("an index that only a standby scans is not called unused; without that standby it is unknown", async () => {
  const { primary, standbys } = await servers.cluster("pair");
  const [standby] = standbys;
  if (!standby) throw new Error("no standby");
  await primary.query("create table t (id int primary key, a int, b int, c int)");
  for (const name of ["a", "b", "c"]) await primary.query(`create index on_${name} on t (${name})`);
  await primary.query("insert into t select n, n, n, n from generate_series(1, 100) as n");
  const scan = "set enable_seqscan = off; select from t where";
  await primary.query(`${scan} a = 1`);
  await until(async () => (await standby.query("select from t")).length === 100);
  await standby.query(`${scan} b = 1`);

  // The standby tells what it has counted a moment later.
  const seenAs = (verdict: string) =>
    until(async () => {
      const seen = await told(primary, standby);
      return seen.size === 1 && seen.get("on_c")?.["verdict"] === verdict && seen;
    });
  await seenAs("new");
  await primary.query("checkpoint");
  const both = await seenAs("unused");
  const nameOf = ({ port }: ThrowawayServer) => `127.0.0.1:${port}`;
  const unused = both.get("on_c");
  expect(unused).toMatchObject({
    verdict: "unused",
    unknown: [],
    index_bytes: 16384,
    counted_on: [nameOf(primary), nameOf(standby)],
  });
  expect(unused?.["counted_seconds"]).toBeGreaterThan(0);

  const alone = await told(primary);
  expect([...alone.keys()].toSorted()).toEqual(["on_b", "on_c"]);
  for (const row of alone.values())
    expect(row).toMatchObject({
      verdict: "unknown",
      unknown: [expect.stringMatching(/, which receives from .* and is not watched$/)],
    });
  expect([...(await told(standby)).values()]).toMatchObject([
    { verdict: "unknown", unknown: ["the primary is not watched"] },
    { verdict: "unknown", unknown: ["the primary is not watched"] },
  ]);

  await standby.stop();
  const down = await told(primary, standby);
  expect([...down.keys()].toSorted()).toEqual(["on_b", "on_c"]);
  for (const row of down.values())
    expect(row).toMatchObject({
      verdict: "unknown",
      unknown: [`${nameOf(standby)}, which has not said yet whose standby it is`],
    });
});
