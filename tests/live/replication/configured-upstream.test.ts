import { beforeAll, expect, test } from "bun:test";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { sampleView } from "../../../src/services/watch/sampling.ts";
import { pulseView } from "../../../src/views/server/pulse.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { watch } from "../../support/servers/watched.ts";

const servers = serversForTests();
let standby: ThrowawayServer;

beforeAll(async () => {
  const [one] = (await servers.cluster("configured", 1)).standbys;
  if (!one) throw new Error("the cluster has no standby");
  standby = one;
  await standby.query("alter system set primary_slot_name = 'mine'");
}, 120_000);

const password = "s3cret host=10.9.9.9 port=99";

/** What a role is told of where this standby, which cannot reach it, is to receive from. */
async function told(conninfo: string, user = "monitor") {
  await standby.query(`alter system set primary_conninfo = '${conninfo.replaceAll("'", "''")}'`);
  await standby.query("select pg_catalog.pg_reload_conf()");
  await using watched = watch([nodeSettings(standby, { connection: { user } })]);
  let row: Readonly<Record<string, unknown>> = {};
  await until(async () => {
    const [set] = await standby.query<{ set: string }>(
      "select pg_catalog.current_setting('primary_conninfo') as set",
    );
    const sample = await sampleView(watched.manager, standby.name, pulseView, {
      viewOptions: { idle: false, wholeText: false },
    });
    row = sample.state === "ok" ? (sample.rows[0] ?? {}) : {};
    return set?.set === conninfo && (row["receiver"] === "none" || user === "bare");
  });
  expect(JSON.stringify(row, (_, value) => (typeof value === "bigint" ? null : value))).not.toContain(
    "s3cret",
  );
  return [row["configured_host"], row["configured_hostaddr"], row["configured_port"], row["configured_slot"]];
}

test("a standby that does not stream tells where it is to receive from, and never a password", async () => {
  expect(await told("host=127.0.0.1 port=1 user=r")).toEqual(["127.0.0.1", null, "1", "mine"]);
  expect(await told(` port = '1'  password='${password}'\thost='db one' hostaddr=127.0.0.1 `)).toEqual([
    ...["db one", "127.0.0.1", "1", "mine"],
  ]);
  expect(await told("host=a,127.0.0.1 port=1,2 password=s3cret'")).toEqual([null, null, null, "mine"]);
  expect(await told("host=127.0.0.1,127.0.0.2 port=1,2")).toEqual([
    "127.0.0.1,127.0.0.2",
    null,
    "1,2",
    "mine",
  ]);
});

test.each([
  ["a URI", "postgresql://r:s3cret@127.0.0.1:1/?application_name=host=s3cret"],
  ["a value that is a keyword", "host= password=s3cret"],
  ["an escape", "host=127.0.0.1 port=1 password='s3cret\\' host=x'"],
  ["text beyond ASCII", "host=127.0.0.1 port=1 password=s3crét"],
  ["a keyword that stands twice", "host=127.0.0.1 host=127.0.0.2 port=1 password=s3cret"],
])("%s is not taken apart", async (_, conninfo) => {
  expect(await told(conninfo)).toEqual([null, null, null, "mine"]);
});

test("a role that may not read the setting is told nothing", async () => {
  expect(await told("host=127.0.0.1 port=1 user=r", "bare")).toEqual([null, null, null, null]);
});
