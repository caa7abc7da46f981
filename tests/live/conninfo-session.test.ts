import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { loadSettings } from "../../src/config/load.ts";
import { ConnectionManager } from "../../src/services/connection-manager.ts";
import type { ThrowawayServer } from "../../src/services/throwaway-server.ts";
import { serversForTests, until } from "../support/servers.ts";

const servers = serversForTests();
const abstract = `@pgparade-test-${process.pid}`;
const manager = new ConnectionManager();
let server: ThrowawayServer;
let names = 0;

beforeAll(async () => {
  const { socketDirectory } = await servers.scratch();
  const directories = process.platform === "linux" ? `${socketDirectory}, ${abstract}` : socketDirectory;
  server = await servers.lone("keywords", { settings: { unix_socket_directories: directories } });
}, 30_000);
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

/** Seconds until the kernel probes the connection from this port (proc(5), /proc/net/tcp). */
function probedIn(port: number): number {
  const address = `0100007F:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const sockets = readFileSync("/proc/net/tcp", "utf8").split("\n");
  const fields = sockets.map((line) => line.trim().split(/\s+/)).find(([, local]) => local === address);
  const [timer, ticks = ""] = fields?.[5]?.split(":") ?? [];
  if (timer === undefined) throw new Error("no such connection");
  if (timer === "00") return Number.POSITIVE_INFINITY;
  // Any other timer is there for a moment only.
  return timer === "02" ? Number.parseInt(ticks, 16) / 100 : Number.NaN;
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

test("client_encoding is UTF8 whatever is asked for", async () => {
  const text = "host=127.0.0.1 client_encoding=LATIN1";
  expect(await answers(text, setting("client_encoding"))).toEqual(["UTF8"]);
  expect(
    await answers("host=127.0.0.1 options='-c client_encoding=LATIN1'", setting("client_encoding")),
  ).toEqual(["UTF8"]);
});
