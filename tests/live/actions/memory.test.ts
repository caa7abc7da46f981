import { expect, test } from "bun:test";
import pg from "pg";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { updateScreen } from "../../../src/store/store.ts";
import { activity } from "../../../src/views/backends/activity.ts";
import { keyOf } from "../../../src/views/view.ts";
import { type Operating, operating } from "../../support/actions/operating.ts";
import { binariesOf, installMajors } from "../../support/servers/majors.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";

const { found } = await installMajors();

async function session(server: ThrowawayServer) {
  const client = new pg.Client({ host: server.socketDirectory, port: server.port, user: "postgres" });
  client.on("error", () => {});
  await client.connect();
  const { rows } = await client.query<{ pid: number }>("select pg_catalog.pg_backend_pid() as pid");
  return { pid: rows[0]?.pid, client };
}
/** A user who looks at the activity, idle sessions too. */
async function open(server: ThrowawayServer, user: string) {
  const operator = await operating([nodeSettings(server, { connection: { user }, actions: "all" })]);
  updateScreen(operator.watched.store, (screen) => ({ ...screen, idle: true }));
  operator.watched.lookAt("activity");
  return operator;
}

const rowWith = (operator: Operating, node: string, pid: number | undefined) =>
  until(() => {
    const sample = operator.watched.store.getState().observed.samples["activity"]?.[node];
    const row = sample?.state === "ok" && sample.rows.find((one) => one["pid"] === pid);
    return row && { node, view: "activity", key: keyOf(activity, row) };
  });

const name = "log-memory-contexts";

test.each([...found.filter((major) => [13, 14, 18].includes(major))])(
  "a session of PostgreSQL %d logs its memory contexts, and no other that has its pid",
  async (major) => {
    const binaries = binariesOf(major);
    const servers = serversForTests(binaries ? { binaries: async () => binaries } : {});
    const server = await servers.lone("contexts");
    const { pid, client } = await session(server);
    await using admin = await open(server, "postgres");
    const row = await rowWith(admin, server.name, pid);
    if (major < 14) {
      expect(admin.plan(name, row)).toMatchObject({ ok: false, why: "needs PostgreSQL 14" });
      return client.end();
    }
    const planned = admin.plan(name, row);
    if (!planned.ok || planned.plan.kind !== "sql")
      throw new Error(planned.ok ? "no statement" : planned.why);
    const { plan } = planned;
    expect(
      await admin.send({ ...plan, sql: plan.sql.replace(plan.identity ?? "", "'2000-01-01'") }),
    ).toMatchObject({
      kind: "sent",
    });
    expect(await admin.send(plan)).toEqual({ kind: "done", value: null });
    const said = `logging memory contexts of PID ${pid}`;
    await until(async () => {
      await client.query("select");
      return (await Bun.file(server.logFile).text()).includes(said);
    });
    expect((await Bun.file(server.logFile).text()).split(said).length).toBe(2);

    await using monitor = await open(server, "monitor");
    await rowWith(monitor, server.name, pid);
    const role =
      major < 15
        ? "log in as a superuser"
        : "GRANT EXECUTE ON FUNCTION pg_catalog.pg_log_backend_memory_contexts(integer) TO monitor";
    expect(await monitor.run(name, row)).toMatchObject({
      kind: "notPermitted",
      fix: expect.stringContaining(role),
    });
    await client.end();
    expect(await admin.send(plan)).toMatchObject({ kind: "sent" });
  },
);
