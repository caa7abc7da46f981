import { dlopen, ptr } from "bun:ffi";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { loadSettings } from "../../../src/config/load.ts";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";

const servers = serversForTests();
const abstract = `@pgparade-test-${process.pid}`;
const manager = new ConnectionManager();
let server: ThrowawayServer;
let names = 0;

beforeAll(async () => {
  const { socketDirectory } = await servers.scratch();
  const directories = process.platform === "linux" ? `${socketDirectory}, ${abstract}` : socketDirectory;
  server = await servers.lone("keywords", { settings: { unix_socket_directories: directories } });
});
afterAll(() => manager.stop(0));

/** What the server answers to a session of this connection string, or why there is none. */
async function answers(text: string, question: string): Promise<readonly (string | null)[]> {
  const loaded = loadSettings({}, [`port=${server.port} dbname=postgres user=monitor ${text}`], {});
  const [node] = loaded.ok ? loaded.settings.nodes : [];
  if (!node) throw new Error("no node");
  const name = `node-${names++}`;
  manager.add({ ...node, name });
  const outcome = await manager.query(name, { text: question });
  return outcome.ok ? (outcome.answer.rows[0] ?? []) : [outcome.error.kind, outcome.error.message];
}

const setting = (name: string) => `select pg_catalog.current_setting('${name}')`;

test("hostaddr is where the socket goes, whatever the host is", async () => {
  const question = "select pg_catalog.host(pg_catalog.inet_server_addr())";
  expect(await answers("host=nosuch.invalid hostaddr=127.0.0.1", question)).toEqual(["127.0.0.1"]);
  expect(await answers("hostaddr=127.0.0.1", question)).toEqual(["127.0.0.1"]);
});

test.skipIf(process.platform !== "linux")(
  "a socket in the abstract namespace is reached by its @",
  async () => {
    expect(await answers(`host=${abstract}`, "select pg_catalog.inet_server_addr()::text")).toEqual([null]);
  },
);

test.skipIf(process.platform !== "linux")("a statement through such a socket is cancelled", async () => {
  const aborted = new AbortController();
  const loaded = loadSettings({}, [`host=${abstract} port=${server.port} dbname=postgres user=monitor`], {});
  const [node] = loaded.ok ? loaded.settings.nodes : [];
  if (!node) throw new Error("no node");
  manager.add({ ...node, name: "cancelled" });
  const asked = manager.query(
    "cancelled",
    { text: "select pg_catalog.pg_sleep(30)" },
    { signal: aborted.signal },
  );
  await until(async () => {
    const rows = await server.query(
      "select from pg_stat_activity where query ~ '^select pg_catalog.pg_sleep'",
    );
    return rows.length === 1;
  });
  aborted.abort();
  expect(await asked).toMatchObject({ ok: false, error: { sqlstate: "57014" } });
});

test.skipIf(process.platform !== "linux")("keepalives say when a connection at rest is probed", async () => {
  const port = "select client_port from pg_catalog.pg_stat_activity where pid = pg_catalog.pg_backend_pid()";
  for (const [text, least, most] of [
    ["keepalives_idle=7", 6, 7],
    // The kernel's own, which is two hours unless somebody changed it.
    ["", 60, 86_400],
    ["keepalives=0", Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  ] as const) {
    const [clientPort] = await answers(`host=127.0.0.1 ${text}`, port);
    await until(() => {
      const seconds = probedIn(Number(clientPort));
      return least <= seconds && seconds <= most;
    });
  }
});

test.skipIf(process.platform !== "linux")("what the runtime has no call for is set as well", async () => {
  const port = "select client_port from pg_catalog.pg_stat_activity where pid = pg_catalog.pg_backend_pid()";
  const given = "keepalives_interval=7 keepalives_count=4 tcp_user_timeout=8000";
  const options = async (keywords: string) => tcpOptions(await answers(`host=127.0.0.1 ${keywords}`, port));
  const plain = await options("");
  expect(await options(given)).toEqual([7, 4, 8000]);
  expect(await options(`${given} keepalives=0`)).toEqual([...plain.slice(0, 2), 8000]);
  const isZero = "keepalives_interval=0 keepalives_count=-1 tcp_user_timeout=0";
  expect(await options(isZero)).toEqual(plain);
  for (const [keyword, value] of [
    ["keepalives_idle", 40_000],
    ["keepalives_count", 1000],
  ] as const)
    expect(await answers(`host=127.0.0.1 ${keyword}=${value}`, port)).toEqual([
      "other",
      `the system refuses ${keyword}`,
    ]);
});

/** TCP_KEEPINTVL, TCP_KEEPCNT and TCP_USER_TIMEOUT of our end of the connection from this port, as the kernel has them. */
async function tcpOptions([port]: readonly (string | null)[]): Promise<readonly number[]> {
  let inode: string | undefined;
  await until(() => {
    inode = socketOf(Number(port))?.[9];
    return inode !== undefined;
  });
  const descriptor = readdirSync("/proc/self/fd").find((name) => {
    // The one that lists them is closed by now.
    try {
      return readlinkSync(`/proc/self/fd/${name}`) === `socket:[${inode}]`;
    } catch {
      return false;
    }
  });
  const { getsockopt } = dlopen("libc.so.6", {
    getsockopt: { args: ["i32", "i32", "i32", "ptr", "ptr"], returns: "i32" },
  }).symbols;
  return [5, 6, 18].map((option) => {
    const value = new Int32Array(1);
    expect(getsockopt(Number(descriptor), 6, option, ptr(value), ptr(Uint32Array.of(4)))).toBe(0);
    return value[0] ?? Number.NaN;
  });
}

/** Seconds until the kernel probes the connection from this port (proc(5), /proc/net/tcp). */
function probedIn(port: number): number {
  const [timer, ticks = ""] = socketOf(port)?.[5]?.split(":") ?? [];
  if (timer === "00") return Number.POSITIVE_INFINITY;
  // Any other timer is there for a moment only.
  return timer === "02" ? Number.parseInt(ticks, 16) / 100 : Number.NaN;
}

/**
 * What the kernel says of the connection from this port to the server, field by field. The port may lead to other
 * servers too, and a list that changes while it is read may lack a line.
 */
function socketOf(port: number): readonly string[] | undefined {
  const [from, to] = [port, server.port].map(
    (one) => `0100007F:${one.toString(16).toUpperCase().padStart(4, "0")}`,
  );
  const sockets = readFileSync("/proc/net/tcp", "utf8").split("\n");
  const isOpen = ([, local, remote, state]: readonly string[]) =>
    local === from && remote === to && state === "01";
  return sockets.map((line) => line.trim().split(/\s+/)).find(isOpen);
}

test("application_name is what the session is called", async () => {
  expect(await answers("host=127.0.0.1", setting("application_name"))).toEqual(["pgparade"]);
  expect(await answers("host=127.0.0.1 application_name='the wall'", setting("application_name"))).toEqual([
    "the wall",
  ]);
});

test("options reach the session, and our own settings win", async () => {
  const options = "-c work_mem=123kB -c statement_timeout=0 -c default_transaction_read_only=off";
  const text = `host=127.0.0.1 options='${options}'`;
  expect(await answers(text, setting("work_mem"))).toEqual(["123kB"]);
  expect(await answers(text, setting("statement_timeout"))).toEqual(["4s"]);
  expect(await answers(text, setting("default_transaction_read_only"))).toEqual(["on"]);
});

test("client_encoding is ours, which converts nothing, whatever is asked for", async () => {
  const text = "host=127.0.0.1 client_encoding=LATIN1";
  expect(await answers(text, setting("client_encoding"))).toEqual(["SQL_ASCII"]);
  expect(
    await answers("host=127.0.0.1 options='-c client_encoding=LATIN1'", setting("client_encoding")),
  ).toEqual(["SQL_ASCII"]);
});
