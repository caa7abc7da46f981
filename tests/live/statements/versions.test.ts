import { afterAll, describe, expect, test } from "bun:test";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import { startServer } from "../../../src/services/throwaway/create-server.ts";
import { openScratch } from "../../../src/services/throwaway/scratch.ts";
import { sampleView } from "../../../src/services/watch/sampling.ts";
import { compared } from "../../../src/views/compared.ts";
import { type Statement, statements } from "../../../src/views/statements/statements.ts";
import { oddity } from "../../support/house/declared-columns.ts";
import { binariesOf, installMajors } from "../../support/servers/majors.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { refusalsIn } from "../../support/servers/view-contract.ts";

const { found } = await installMajors();
const viewOptions = { idle: false, wholeText: false };

/** The newest version of pg_stat_statements that a major comes with, as its minor number. */
const newestOf: Readonly<Record<number, number>> = {
  ...{ 10: 6, 11: 6, 12: 7, 13: 8, 14: 9, 15: 10, 16: 10, 17: 11, 18: 12 },
};

/** From which version on a column is known. */
const since: readonly (readonly [minor: number, column: keyof Statement])[] = [
  [8, "wal_bytes"],
  [8, "plans"],
  [9, "toplevel"],
  [9, "stats_reset"],
  [10, "jit_time"],
  [10, "temp_blk_read_time"],
  [11, "stats_since"],
  [12, "wal_buffers_full"],
];

/** The oldest, one in the middle and the newest, which has all versions of the extension; all of them in `test:matrix`. */
const isMatrix = process.env["PGPARADE_ALL_MAJORS"] === "yes";
const majors = found.filter(
  (major) => isMatrix || major === found[0] || major === 13 || major === found.at(-1),
);

describe.each(majors)("PostgreSQL %d", (major) => {
  const manager = new ConnectionManager();
  const scratch = openScratch("test", binariesOf(major));
  afterAll(async () => {
    await manager.stop(0);
    await (await scratch).destroy();
  }, 30_000);

  test("has the columns of each version of the extension, the one that it came with and older ones", async () => {
    const bootstrap = ["create role monitor login in role pg_monitor", "create schema ext"];
    const tracked = major >= 13 ? { "pg_stat_statements.track_planning": "on" } : {};
    const server = await startServer(await scratch, {
      name: `s${major}`,
      bootstrap: [...bootstrap, "grant usage on schema ext to monitor"],
      settings: { ...tracked, track_io_timing: "on" },
    });
    manager.add(nodeSettings(server));
    const newest = newestOf[major] ?? 0;
    for (let minor = 6; minor <= newest; minor += 1) {
      const version = `version '1.${minor}'`;
      await server.query(`create extension pg_stat_statements schema ext ${version}`);
      await server.query("select pg_catalog.count(*) from pg_catalog.pg_class");
      const [first, second] = [
        await sampleView(manager, server.name, statements, { viewOptions }),
        await sampleView(manager, server.name, statements, { viewOptions }),
      ];
      if (first.state !== "ok" || second.state !== "ok") throw new Error(JSON.stringify(first));
      const rows = compared(statements, second, first, "rate");
      const odd = rows.flatMap((row) =>
        Object.entries(statements.columns).flatMap(([name, { kind }]) => oddity(kind, row[name]) ?? []),
      );
      expect(odd).toEqual([]);
      const one = (second.rows as readonly Statement[]).find(({ query }) =>
        query?.includes("count(*) from pg_catalog.pg_class"),
      );
      const known = since.filter(([, column]) => one?.[column] != null).map(([, column]) => column);
      expect([minor, ...known]).toEqual([
        minor,
        ...since.filter(([lowest]) => lowest <= minor).map(([, column]) => column),
      ]);
      expect(one?.max_exec_time).toBeGreaterThan(0);
      await server.query("drop extension pg_stat_statements");
    }
    expect(await refusalsIn(server)).toEqual([]);
  });
});
