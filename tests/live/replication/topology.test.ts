import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type AddressInfo, connect, createServer as createServerOf } from "node:net";
import { createServer } from "../../../src/services/throwaway/create-server.ts";
import { startStandby } from "../../../src/services/throwaway/create-standby.ts";
import { openScratch, type Scratch } from "../../../src/services/throwaway/scratch.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { binariesOf, installMajors } from "../../support/servers/majors.ts";
import { until } from "../../support/servers/servers.ts";
import { runProgram } from "../../support/terminal/program.ts";

const { found } = await installMajors();

describe.each([10, 12, 15, 18].filter((major) => found.includes(major)))("PostgreSQL %d", (major) => {
  let scratch: Scratch;
  let primary: ThrowawayServer;
  let standbys: readonly ThrowawayServer[] = [];

  beforeAll(async () => {
    scratch = await openScratch("test", binariesOf(major));
    primary = await createServer(scratch, {
      name: "primary",
      bootstrap: ["create role monitor login in role pg_monitor"],
    });
    await primary.start();
    const one = await startStandby(primary, { name: "one" });
    const two = await startStandby(primary, { name: "two" });
    standbys = [one, two, await startStandby(one, { name: "cascade" })];
  });
  afterAll(() => scratch.destroy(), 30_000);

  /** What `show topology` says of these servers, in the order of the tree. */
  async function shown(servers: readonly ThrowawayServer[], others: readonly string[] = []) {
    const targets = servers.map(
      ({ port }) => `postgres://monitor@127.0.0.1:${port}/postgres?sslmode=disable`,
    );
    const { stdout } = await runProgram(["show", "topology", "--format", "json", ...targets, ...others]);
    const { nodes } = JSON.parse(stdout) as { nodes: { rows?: Record<string, unknown>[] }[] };
    return nodes.flatMap(({ rows = [] }) => rows);
  }

  const named = ({ port }: ThrowawayServer) => `127.0.0.1:${port}`;

  test("every server stands below the one that it receives WAL from", async () => {
    const [one, two, cascade] = standbys;
    if (!one || !two || !cascade) throw new Error("no standbys");
    let rows: Record<string, unknown>[] = [];
    // Standbys that have just been started may still have something to replay.
    await until(async () => {
      rows = await shown([cascade, primary, one, two]);
      return rows.filter(({ lag_bytes }) => lag_bytes === 0).length === 3;
    });
    const places = rows.map(({ name, role, depth, parent }) => ({ name, role, depth, parent }));
    const standby = (server: ThrowawayServer, above: ThrowawayServer, depth: number) => ({
      ...{ name: named(server), role: "standby", depth, parent: named(above) },
    });
    expect(places).toEqual(
      expect.arrayContaining([
        { name: named(primary), role: "primary", depth: 0, parent: null },
        standby(one, primary, 1),
        standby(two, primary, 1),
        standby(cascade, one, 2),
      ]),
    );
    expect(places).toHaveLength(4);
    for (const row of rows.filter(({ role }) => role === "standby"))
      expect(row).toMatchObject({ state: "streaming", sync_state: "async", problems: [] });
    expect(new Set(rows.map(({ system_identifier }) => system_identifier)).size).toBe(1);
  });

  test("a standby that only its primary sees is not watched, and says where it connects from", async () => {
    const [one] = standbys;
    if (!one) throw new Error("no standby");
    const [unwatched] = (await shown([primary, one])).filter(({ kind }) => kind === "receiver");
    expect(unwatched).toMatchObject({ name: "two", role: "standby", parent: named(primary), depth: 1 });
    expect(unwatched?.["problems"]).toEqual(["not watched: it connects from 127.0.0.1"]);
  });

  test("a server that is listed twice has the state that its WAL sender says on both lines", async () => {
    const [one] = standbys;
    if (!one) throw new Error("no standby");
    const socket = ({ socketDirectory, port }: ThrowawayServer) =>
      `postgres://monitor@/postgres?host=${socketDirectory}&port=${port}`;
    const rows = await shown([primary, one], [socket(primary), socket(one)]);
    const standing = rows.filter(({ role }) => role === "standby");
    expect(standing.filter(({ kind }) => kind === "node")).toHaveLength(2);
    for (const row of standing.filter(({ kind }) => kind === "node"))
      expect(row).toMatchObject({ sync_state: "async", parent: named(primary) });
    expect(standing.flatMap(({ kind, name }) => (kind === "receiver" ? name : [])).toSorted()).toEqual([
      "cascade",
      "two",
    ]);
  });

  test("a standby whose upstream is not watched says from whom it receives", async () => {
    const [one, , cascade] = standbys;
    if (!one || !cascade) throw new Error("no cascade");
    const [row] = await shown([cascade]);
    expect(row).toMatchObject({ role: "standby", upstream: named(one), depth: 0 });
    expect(row?.["problems"]).toContain(`receives from ${named(one)}, which is not watched`);
  });

  // Until 11 the setting stands in recovery.conf.
  test.skipIf(major < 12)(
    "behind a proxy a cascading standby stands below the one that serves it",
    async () => {
      const [one] = standbys;
      if (!one) throw new Error("no standby");
      const proxy = createServerOf((socket) => {
        const onward = connect(one.port, "127.0.0.1");
        for (const [from, to] of [
          [socket, onward],
          [onward, socket],
        ] as const)
          from.on("error", () => to.destroy()).pipe(to);
      });
      await new Promise<void>((done) => void proxy.listen(0, "127.0.0.1", done));
      const { port } = proxy.address() as AddressInfo;
      const conninfo = `host=127.0.0.1 port=${port} user=replicator application_name=behind`;
      const behind = await startStandby(one, { name: "behind", settings: { primary_conninfo: conninfo } });
      await until(async () => {
        const rows = await shown([primary, one, behind]);
        const row = rows.find(({ name }) => name === named(behind));
        const unwatched = rows.flatMap(({ kind, name }) => (kind === "receiver" ? name : []));
        expect(row).toMatchObject({ parent: named(one), sync_state: "async", problems: [] });
        expect(unwatched.toSorted()).toEqual(["cascade", "two"]);
        return true;
      });
      await behind.stop();
      proxy.close();
    },
  );

  test("a standby whose upstream is down says from where it should receive", async () => {
    const [one, , cascade] = standbys;
    if (!one || !cascade) throw new Error("no cascade");
    await one.stop();
    let row: Record<string, unknown> = {};
    await until(async () => {
      row = (await shown([primary, one, cascade])).find(({ name }) => name === named(cascade)) ?? {};
      return row["state"] === "none";
    });
    // Until 11 it stands in recovery.conf, which no role may read.
    expect((row["problems"] as string[]).filter((text) => text.startsWith("should"))).toEqual(
      major < 12 ? [] : [`should receive from ${named(one)}`],
    );
  });
});
