import { describe, expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { connect } from "node:net";
import pg from "pg";
import { createServer, startServer } from "../../../src/services/throwaway/create-server.ts";
import { startStandby } from "../../../src/services/throwaway/create-standby.ts";
import { childrenOf, serverProcessesIn } from "../../../src/services/throwaway/processes.ts";
import { openScratch } from "../../../src/services/throwaway/scratch.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { Secret } from "../../../src/text/secret.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";

const servers = serversForTests();

function answersOn(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

/** What a client on TCP gets: the rows, or the SQLSTATE or socket error. */
async function askOverTcp(server: ThrowawayServer, user: string, password?: string): Promise<unknown> {
  const at = {
    host: "127.0.0.1",
    port: server.port,
    user,
    database: "postgres",
    connectionTimeoutMillis: 3000,
  };
  const client = new pg.Client(password === undefined ? at : { ...at, password });
  client.on("error", () => {});
  try {
    await client.connect();
    return (await client.query("select 1 as one")).rows;
  } catch (error) {
    return error instanceof pg.DatabaseError ? error.code : (error as Error).message;
  } finally {
    client.end().catch(() => {});
  }
}

describe("a server", () => {
  test("runs as an unprivileged account and accepts its roles over TCP", async () => {
    const server = await servers.lone("lone");
    const rows = await server.query<{ name: string }>("select current_setting('cluster_name') as name");
    expect(rows).toEqual([{ name: "lone" }]);
    expect(await askOverTcp(server, "monitor")).toEqual([{ one: 1 }]);
    const status = await Bun.file(`/proc/${server.pid()}/status`).text();
    expect(status).not.toContain("Uid:\t0");
  });

  test("keeps its port over a restart, and is refused in between", async () => {
    const server = await servers.lone("lone");
    await server.stop();
    expect(server.pid()).toBeNull();
    expect(await answersOn(server.port)).toBe(false);
    await server.start();
    expect(await askOverTcp(server, "monitor")).toEqual([{ one: 1 }]);
  });

  test("does not answer while frozen, and goes on when thawed", async () => {
    const server = await servers.lone("lone");
    server.freeze();
    expect(await answersOn(server.port)).toBe(true); // the kernel accepts, nobody answers
    expect(await askOverTcp(server, "monitor")).toContain("timeout");
    server.thaw();
    expect(await askOverTcp(server, "monitor")).toEqual([{ one: 1 }]);
  });

  test("can be stopped while it is frozen", async () => {
    const server = await servers.lone("lone");
    const pid = server.pid() ?? 0;
    server.freeze();
    await server.stop("immediate");
    expect(childrenOf(pid)).toEqual([]);
    await server.start();
  });

  test("says why it did not start", async () => {
    const server = await createServer(await servers.scratch(), {
      name: "bad",
      settings: { shared_buffers: "none" },
    }).catch(String);
    expect(server).toContain("shared_buffers");
  });

  test("lets the superuser in over TCP only when asked to", async () => {
    const server = await startServer(await servers.scratch(), { name: "closed" });
    expect(await askOverTcp(server, "postgres")).toBe("28000");
  });

  test("asks for a password when it has one", async () => {
    const password = new Secret("open'sesame");
    const server = await startServer(await servers.scratch(), { name: "locked", password });
    expect(await askOverTcp(server, "postgres", "wrong")).toBe("28P01");
    expect(await askOverTcp(server, "postgres", password.reveal())).toEqual([{ one: 1 }]);
  });
});

describe("standbys", () => {
  const streaming = async (server: ThrowawayServer) => {
    const rows = await server.query<{ name: string }>(
      "select application_name as name from pg_stat_replication where state = 'streaming' order by 1",
    );
    return rows.map(({ name }) => name).join();
  };

  test("stream from a primary, copied before its start or while it runs, and from one another", async () => {
    const { primary, standbys } = await servers.cluster("c", 2);
    const hot = await startStandby(primary, { name: "c-hot" });
    await startStandby(hot, { name: "c-cascade" });
    await until(async () => (await streaming(primary)) === "c-2,c-3,c-hot");
    await until(async () => (await streaming(hot)) === "c-cascade");
    await primary.query("create table arrived ()");
    for (const standby of [...standbys, hot])
      await until(() => standby.query("select from arrived").then(() => true));
  });

  test("become a primary when promoted", async () => {
    const { primary } = await servers.cluster("c", 2);
    const heir = await startStandby(primary, { name: "c-heir" });
    await heir.promote();
    await heir.query("create table written ()");
  });

  test("share the system identifier, which other servers do not", async () => {
    const { primary, standbys } = await servers.cluster("c", 2);
    const all = [primary, ...standbys, await servers.lone("lone")];
    const sql = "select system_identifier::text as id from pg_control_system()";
    const [first, second, third, other] = await Promise.all(all.map((server) => server.query(sql)));
    expect([second, third]).toEqual([first, first]);
    expect(other).not.toEqual(first);
  });
});

describe("nothing is left", () => {
  type Owned = { directory: string; port: number; uid: number; answer: unknown };

  async function startOwner(account: { uid?: number; gid?: number } = {}) {
    const script = new URL("../../support/servers/server-owner.ts", import.meta.url).pathname;
    const child = spawn(process.execPath, [script], {
      ...account,
      stdio: ["ignore", "pipe", "inherit"],
      env: { PATH: process.env["PATH"], HOME: "/tmp" },
    });
    const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    const said = await new Promise<string>((resolve, reject) => {
      child.stdout.setEncoding("utf8").once("data", resolve);
      child.once("exit", (code) => reject(new Error(`the owner ended with ${code}`)));
    });
    return { child, exited, owned: JSON.parse(said) as Owned };
  }

  async function expectNothingOf({ directory, port }: Owned): Promise<void> {
    expect(serverProcessesIn(directory)).toEqual([]);
    expect(existsSync(directory)).toBe(false);
    expect(await answersOn(port)).toBe(false);
  }

  for (const [signal, how] of [
    ["SIGINT", "destroys its scratch"],
    ["SIGTERM", "just exits"],
  ] as const) {
    test(`when the owner ${how}`, async () => {
      const { child, exited, owned } = await startOwner();
      expect(await answersOn(owned.port)).toBe(true);
      child.kill(signal);
      await exited;
      await expectNothingOf(owned);
    });
  }

  test("of a killed owner after the next start, while a living owner's servers go on", async () => {
    const [killed, living] = await Promise.all([startOwner(), startOwner()]);
    killed.child.kill("SIGKILL");
    await killed.exited;
    expect(await answersOn(killed.owned.port)).toBe(true);
    await (await openScratch("test")).destroy();
    await expectNothingOf(killed.owned);
    expect(await answersOn(living.owned.port)).toBe(true);
    living.child.kill("SIGINT");
    await living.exited;
    await expectNothingOf(living.owned);
  });

  const isRoot = process.getuid?.() === 0;
  test.skipIf(!isRoot)("when the owner is an ordinary user (needs root to become one)", async () => {
    const { child, exited, owned } = await startOwner({ uid: 65534, gid: 65534 });
    expect(owned).toMatchObject({ uid: 65534, answer: [{ one: 1 }] });
    child.kill("SIGINT");
    await exited;
    await expectNothingOf(owned);
  });
});
