import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { tableOf } from "../../../src/store/table.ts";
import { wal } from "../../../src/views/replication/wal.ts";
import { archiver } from "../../../src/views/server/archiver.ts";
import { archiverStatistics } from "../../../src/views/server/archiver-statistics.ts";
import { type AskedView, notesOn, type RowOf } from "../../../src/views/view.ts";
import { judgedNode, rounds } from "../../support/rules/rounds.ts";
import {
  installMajors,
  type MajorServers,
  nodeOf,
  type Role,
  serversOfMajors,
} from "../../support/servers/majors.ts";
import { until } from "../../support/servers/servers.ts";
import { type Earlier, sampleOf } from "../../support/servers/view-contract.ts";
import { watch } from "../../support/servers/watched.ts";

const { found } = await installMajors();
const serversOf = serversOfMajors(found, { archive_mode: "on", archive_command: "true" });
const kinds = ["primary", "standby"] as const;
const look = { filter: "", sortBy: null, folded: new Set<string>() };

/** Bytes and number of the files in a server's WAL directory. */
async function walDirectory({ dataDirectory }: ThrowawayServer) {
  const folder = join(dataDirectory, "pg_wal");
  const files = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isFile());
  const sizes = await Promise.all(files.map(async ({ name }) => (await stat(join(folder, name))).size));
  return { size: BigInt(sizes.reduce((sum, size) => sum + size, 0)), files: BigInt(files.length) };
}

describe.each([...found])("PostgreSQL %d", (major) => {
  const manager = new ConnectionManager();
  const earlier: Earlier = new Map();
  let servers: MajorServers;

  beforeAll(async () => {
    servers = await serversOf(major);
    for (const kind of kinds)
      for (const role of ["monitor", "bare"] as const) manager.add(nodeOf(servers[kind], role));
  });
  afterAll(() => manager.stop(0));

  /** The row of a view and what it leaves out. */
  async function seen<V extends AskedView>(kind: (typeof kinds)[number], role: Role, view: V) {
    const { name } = nodeOf(servers[kind], role);
    const rows = await sampleOf(manager, name, view, earlier);
    const facts = manager.facts(name);
    if (!facts) throw new Error(`${name} is not connected`);
    return { row: rows[0] as RowOf<V>, notes: notesOn(view, rows, facts) };
  }

  describe.each([...kinds])("%s", (kind) => {
    test("what the WAL directory holds is told to who may see it, and the rest to all", async () => {
      const { row, notes } = await until(async () => {
        const answer = await seen(kind, "monitor", wal);
        const held = await walDirectory(servers[kind]);
        return answer.row.size === held.size && answer.row.files === held.files && answer;
      });
      const known = {
        lsn: expect.any(BigInt),
        replay_lsn: kind === "primary" ? null : expect.any(BigInt),
        ...{ wal_segment_size: 16n << 20n, max_wal_size: 1n << 30n, wal_keep_size: 128n << 20n },
        ...{ max_slot_wal_keep_size: null, wal_level: "replica", archive_mode: "on" },
      };
      expect(row).toMatchObject(known);
      expect(notes).toEqual([]);
      const bare = await seen(kind, "bare", wal);
      expect(bare.row).toMatchObject({ ...known, size: null, files: null });
      const unseen = "the size of the WAL directory may not be seen: GRANT pg_monitor TO bare";
      expect(bare.notes).toEqual([unseen]);
    });

    test("WAL is counted while it is written, and while it is received", async () => {
      await seen(kind, "bare", wal);
      await servers.primary.query(`create table of_${kind} as select generate_series(1, 10000) as n`);
      const row = await until(async () => {
        const answer = await seen(kind, "bare", wal);
        return (answer.row.written ?? 0) > 0 && answer.row;
      });
      if (kind === "standby") expect(row.wal_records ?? 0).toBe(0);
    });
  });

  test("a command that fails is named with the time and what waits, and is well again after a success", async () => {
    const { primary, standby } = servers;
    const bare = nodeOf(primary, "bare");
    const idle = (["monitor", "bare"] as const).map((role) => nodeOf(standby, role));
    const nodes = [judgedNode(primary), bare, ...idle];
    await using watched = watch(nodes, { refreshMs: 250 });
    watched.lookAt("archiver");
    const shown = () => {
      const names = nodes.map(({ name }) => name);
      return tableOf(archiver, watched.store.getState().observed, names, look);
    };
    const rowOf = (name: string) => shown().lines.find(({ node }) => node?.name === name)?.row ?? {};
    const order = () => shown().lines.map(({ row }) => row["failing"]);
    const notesOf = (name: string) =>
      shown().missing.flatMap(({ node, why }) => (node.name === name ? why : []));
    const alerts = () => watched.node("primary").alerts.filter(({ rule }) => rule === "archiver_failing");
    const archiveWith = async (command: string) => {
      await primary.query(`alter system set archive_command = '${command}'`);
      await primary.query("select pg_catalog.pg_reload_conf()");
    };
    const nextFile = async () => {
      await primary.query("insert into written values (1)");
      await primary.query("select pg_catalog.pg_switch_wal()");
    };
    await primary.query("create table written (n int)");
    await archiveWith("false # secret");
    await nextFile();
    const knows = major >= 12;
    await until(() => alerts().length > 0 && (!knows || rowOf("primary")["backlog"] === 1n));
    expect(alerts()).toMatchObject([{ subject: { kind: "node", id: "primary" }, view: "archiver", key: "" }]);
    const failing = rowOf("primary");
    expect(Number(failing["failing_seconds"] ?? 0)).toBeLessThan(120);
    expect(failing).toMatchObject({
      ...{ archive_mode: "on", archived_by: "command", failing: true, failed_count: expect.any(BigInt) },
      ...{ last_failed_seconds: expect.any(Number), failing_seconds: knows ? expect.any(Number) : null },
      backlog: knows ? 1n : null,
    });
    await until(() => rowOf(bare.name)["failing"] === true);
    expect(rowOf(bare.name)).toMatchObject({ backlog: null, failing_seconds: null });
    const unseen = "which files wait may not be seen: GRANT pg_monitor TO bare";
    expect(notesOf(bare.name)).toEqual(knows ? [unseen] : []);
    // The command may hold a password.
    for (const name of ["primary", bare.name])
      expect(Object.values(rowOf(name)).join()).not.toContain("secret");
    // It does not archive, and nothing waits there.
    for (const { name } of idle) {
      await until(() => notesOf(name).length === 0);
      expect(rowOf(name)).toMatchObject({
        ...{ archive_mode: "on", archived_by: null, failing: false, backlog: null },
      });
    }
    expect(order()).toEqual([true, true, false, false]);
    await archiveWith("");
    await until(() => rowOf("primary")["archived_by"] === "nothing");
    await archiveWith("true");
    // It tries again after a minute, or when the next file is ready.
    await until(async () => {
      await nextFile();
      return alerts().length === 0;
    }, 90_000);
    if (knows) await until(() => rowOf("primary")["backlog"] === 0n);
  });

  test("the rules ask how the archiver does, and list no directory for it", async () => {
    const { primary } = servers;
    const said = async () => readFile(primary.logFile, "utf8");
    await primary.query("alter system set log_statement = 'all'");
    await primary.query("select pg_catalog.pg_reload_conf()");
    await until(async () => {
      await primary.query("select 'is it logged'");
      return (await said()).includes("is it logged");
    });
    await using watched = rounds([judgedNode(primary)]);
    await watched.round();
    expect(watched.rows("primary", archiverStatistics)).toMatchObject([{ archive_mode: "on" }]);
    const asked = await said();
    expect(asked).toContain("from pg_catalog.pg_stat_archiver");
    expect(asked).not.toContain("pg_ls_archive_statusdir");
    await primary.query("alter system reset log_statement");
    await primary.query("select pg_catalog.pg_reload_conf()");
  });
});
