import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadSettings } from "../../../src/config/load.ts";
import type { Found } from "../../../src/config/resolve/discovered.ts";
import { walk } from "../../../src/services/discovery/replication.ts";
import { startStandby } from "../../../src/services/throwaway/create-standby.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { runProgram } from "../../support/terminal/program.ts";
import { ready, watching } from "../../support/terminal/watching.ts";

const servers = serversForTests();
const root = mkdtempSync(join(tmpdir(), "pgparade-replication-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let primary: ThrowawayServer;
let one: ThrowawayServer;
let two: ThrowawayServer;
let cascade: ThrowawayServer;
beforeAll(async () => {
  ({ primary } = await servers.cluster("orders", 0));
  [one, two] = await Promise.all([
    startStandby(primary, { name: "one" }),
    startStandby(primary, { name: "two" }),
  ]);
  cascade = await startStandby(one, { name: "cascade" });
  for (const [upstream, standbys] of [
    [primary, 2],
    [one, 1],
  ] as const)
    await until(async () => {
      const replays = "select from pg_catalog.pg_stat_replication where replay_lsn is not null";
      return (await upstream.query(replays)).length === standbys;
    });
});

/** A config of a cluster with this one node; `where` says where the standbys of these names are. */
function configFile(
  node: ThrowawayServer,
  where: Readonly<Record<string, ThrowawayServer>>,
  user = "monitor",
) {
  const file = join(mkdtempSync(join(root, "config-")), "config.yaml");
  const rules = Object.entries(where).map(([name, { port }]) => `${name}: "127.0.0.1:${port}"`);
  const text = `defaults: {user: ${user}, database: postgres, sslmode: disable}
nodes: {written: {host: 127.0.0.1, port: ${node.port}}}
clusters:
  orders:
    nodes: [written]
    discover: {replication: true, addresses: {${rules.join(", ")}}}
`;
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}

/** The tree of `show topology`, each server with the one above it, and what is said of the source. */
async function treeOf(file: string) {
  const { code, stdout, stderr } = await runProgram([
    "show",
    "topology",
    "--format",
    "json",
    "--config",
    file,
  ]);
  const { nodes } = JSON.parse(stdout) as { nodes: { rows: Record<string, unknown>[] }[] };
  const rows = nodes.flatMap(({ rows }) => rows).filter(({ kind }) => kind !== "cluster");
  const tree = rows.map(({ name, parent, role }) => `${parent ?? "-"} > ${name} ${role}`).toSorted();
  return { code, stderr, tree };
}

test("from its primary the standbys of a cluster are found, and those below them", async () => {
  const file = configFile(primary, { one, two, cascade });
  expect(await treeOf(file)).toEqual({
    ...{ code: 0, stderr: "" },
    tree: ["- > written primary", "one > cascade standby", "written > one standby", "written > two standby"],
  });
  const { code, stdout } = await runProgram(["check", "--config", file, "--format", "json"]);
  expect([code, JSON.parse(stdout)]).toMatchObject([
    0,
    { status: "ok", sources: [{ kind: "replication", members: 3, why: null }] },
  ]);
});

test("from a cascading standby all above it are found, at the ports that each receives from", async () => {
  const [above, top] = [`127.0.0.1:${one.port}`, `127.0.0.1:${primary.port}`];
  expect(await treeOf(configFile(cascade, { two }))).toEqual({
    ...{ code: 0, stderr: "" },
    tree: [
      `- > ${top} primary`,
      `${above} > written standby`,
      `${top} > ${above} standby`,
      `${top} > two standby`,
    ].toSorted(),
  });
});

test("a standby whose port is not told, and what a role may not see, leave the list incomplete, never well", async () => {
  const { code, tree, stderr } = await treeOf(configFile(primary, { one, cascade }));
  expect(code).toBe(1);
  expect(tree).toContain("written > two standby");
  expect(stderr).toContain("left out: two below written: it is on the same host, at a port that is not told");
  const bare = await runProgram(["check", "--config", configFile(primary, {}, "bare")]);
  expect(bare.code).toBe(3);
  expect(bare.stdout).toContain("written hides whom it replicates with: GRANT pg_monitor TO bare");
});

test("what takes too long is cut short, and says so", async () => {
  const config = configFile(primary, { one, two, cascade });
  const addresses = [one, two].map(({ name, port }) => ({
    from: { host: name, port: null },
    to: { host: "127.0.0.1", port },
  }));
  const load = async (found: Found) => {
    const loaded = loadSettings({ config }, [], {}, null, undefined, found);
    return loaded.ok ? loaded.settings : null;
  };
  const settings = { kind: "replication", cluster: "orders", addresses, deadlineMs: 0 } as const;
  const outcome = await walk(load)(settings, new AbortController().signal, null);
  expect(outcome.ok && outcome.answer).toMatchObject({
    members: [{ name: "one" }, { name: "two" }],
    leftOut: ["2 servers were not asked for more: it takes too long"],
  });
});

test("another server than the standby is said to be one", async () => {
  const stranger = await servers.lone("stranger");
  const { code, stderr } = await treeOf(configFile(primary, { one, cascade, two: stranger }));
  expect([code, stderr]).toEqual([1, expect.stringContaining("two is another system than written")]);
});

test("on screen servers appear one below the other, and one that is shut down stays as down", async () => {
  await using terminal = watching(["--config", configFile(primary, { one, two, cascade })], { columns: 150 });
  await ready(terminal, /orders: replication lists/);
  await terminal.until(
    /● written +primary[\s\S]*● └ one +standby[\s\S]*● +└ cascade +standby[\s\S]*● └ two +standby/,
  );
  await two.stop();
  await terminal.until(/[✖◐].* two /);
  terminal.press("r");
  terminal.press("E");
  await terminal.until(/two .*replication no longer lists it/);
  terminal.press("Escape");
  await terminal.until(/✖ └ two +standby\?/);
  terminal.press("q");
  expect(await terminal.exited).toEqual({ code: 0, signal: null });
});
