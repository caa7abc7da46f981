import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { victim } from "../../support/actions/victim.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { type Watched, watch } from "../../support/servers/watched.ts";

const servers = serversForTests({ settings: { log_statement: "all", log_line_prefix: "%a|" } });
const bootstrap = ["create table held (a int)"];

const logged = ({ logFile }: { readonly logFile: string }) => readFileSync(logFile, "utf8");

/** What our sessions asked, each in a transaction of its own. */
const statementsIn = (log: string) =>
  log.match(/^pgparade[^|]*\|LOG: {2}(execute|statement)(?! <unnamed>: (begin|commit))/gm)?.length ?? 0;

/** The moments of the pulses that came, and the most sessions that we had. */
function watched(screen: Watched, name: string) {
  const pulses = new Set<number>();
  let sessions = 0;
  screen.store.subscribe(({ observed }) => {
    const node = observed.nodes[name];
    if (node?.pulseAtMs != null) pulses.add(node.pulseAtMs);
    sessions = Math.max(sessions, node?.pool.total ?? 0);
  });
  return { pulses, sessions: () => sessions };
}

test("an idle fleet costs a statement a refresh and a session a node, whatever room there is for panels", async () => {
  const server = await servers.lone("panels", { bootstrap });
  await using screen = watch([nodeSettings(server)], { refreshMs: 250 });
  const { pulses, sessions } = watched(screen, "panels");
  await until(() => pulses.size >= 2);
  const before = { pulses: pulses.size, statements: statementsIn(logged(server)) };
  await until(() => pulses.size >= before.pulses + 12);
  const statements = statementsIn(logged(server)) - before.statements;
  expect(statements).toBeGreaterThanOrEqual(pulses.size - before.pulses - 1);
  // One may be on its way.
  expect(statements).toBeLessThanOrEqual(pulses.size - before.pulses + 1);
  expect(sessions()).toBe(1);
  expect(Object.keys(screen.store.getState().observed.samples)).toEqual(["pulse"]);
});

test("who blocks whom is asked of a node from the pulse that tells of it on, and not after its end", async () => {
  const server = await servers.lone("panels", { bootstrap });
  await using screen = watch([nodeSettings(server)], { refreshMs: 250 });
  await using root = await victim(server);
  await using waiter = await victim(server);
  await root.client.query("begin; lock table held in access exclusive mode");
  const freed = waiter.client.query("begin; lock table held in access exclusive mode; commit");
  const rows = () => {
    const sample = screen.store.getState().observed.samples["lock_waits"]?.["panels"];
    return sample?.state === "ok" ? sample.rows.map(({ pid }) => pid) : [];
  };
  await until(() => rows().includes(root.pid) && rows().includes(waiter.pid));
  await root.client.query("commit");
  await freed;
  await until(() => screen.node("panels").pulse?.blocked === 0);
  // A question that is asked at each refresh is never that old.
  let [answeredAt, pulseAt, pulsesSince] = [0, 0, 0];
  screen.store.subscribe(({ observed: { samples, nodes } }) => {
    const sample = samples["lock_waits"]?.["panels"];
    const atMs = sample?.state === "ok" ? sample.atMs : 0;
    const pulseAtMs = nodes["panels"]?.pulseAtMs ?? 0;
    if (pulseAtMs !== pulseAt) pulsesSince += 1;
    if (atMs !== answeredAt) pulsesSince = 0;
    [answeredAt, pulseAt] = [atMs, pulseAtMs];
  });
  await until(() => pulsesSince >= 8);
  expect(answeredAt).toBeGreaterThan(0);
});
