import { expect, test } from "bun:test";
import { rowsOf } from "../../../src/store/fleet-samples.ts";
import type { Row } from "../../../src/views/row.ts";
import { databases } from "../../../src/views/storage/databases.ts";
import { withLevels } from "../../support/rules/judged.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { watch } from "../../support/servers/watched.ts";

const servers = serversForTests();

test("no rate goes on over a restart, although the server keeps its counters", async () => {
  const server = await servers.lone("restarted");
  await using watched = watch([nodeSettings(server)], { refreshMs: 250 });
  watched.lookAt("databases");
  /** The rates of each answer in turn, by the life of the server: of the pulse, and of a database. */
  const rates = new Map<number, { readonly pulse: unknown[]; readonly view: unknown[] }>();
  let last: { readonly pulseAtMs?: number | null; readonly row?: Row | undefined } = {};
  watched.store.subscribe(({ observed }) => {
    const { facts, pulse, pulseAtMs } = watched.node(server.name);
    const row = rowsOf(observed, databases, server.name)?.find(({ datname }) => datname === "postgres");
    const life = rates.get(facts?.startedAtMs ?? 0) ?? { pulse: [], view: [] };
    rates.set(facts?.startedAtMs ?? 0, life);
    if (pulse && pulseAtMs !== last.pulseAtMs) life.pulse.push(pulse.transactions);
    if (row && row !== last.row) life.view.push(row["xact_commit"]);
    last = { pulseAtMs, row };
  });
  const lifeAfter = (startedAtMs: number) => () => {
    const now = watched.node(server.name).facts?.startedAtMs ?? 0;
    const life = now > startedAtMs ? rates.get(now) : undefined;
    return life && life.pulse.length > 2 && life.view.length > 2 ? life : null;
  };
  await until(lifeAfter(0));
  const counted = "select sum(xact_commit)::int8 as n from pg_catalog.pg_stat_database";
  const [before] = await server.query<{ n: string }>(counted);
  const { startedAtMs = 0 } = watched.node(server.name).facts ?? {};
  await server.restart("fast");
  const second = await until(lifeAfter(startedAtMs));
  const [after] = await server.query<{ n: string }>(counted);
  // The counters went on, so that only the life of the server tells that they cannot be compared.
  expect(BigInt(after?.n ?? 0)).toBeGreaterThan(BigInt(before?.n ?? 0));
  expect(second.pulse[0]).toBeNull();
  expect(second.view[0]).toBeNull();
  expect(second.pulse[1]).toBeGreaterThanOrEqual(0);
  expect(second.view[1]).toBeGreaterThanOrEqual(0);
});

test("an alert goes on under a new name, since when it was raised", async () => {
  const server = await servers.lone("renamed");
  const settings = {
    ...nodeSettings(server),
    thresholds: withLevels({ connections_used: { warning: 0, critical: null, forMs: 0 } }),
  };
  await using watched = watch([settings], { refreshMs: 250 });
  const alertOf = (name: string) =>
    watched.store.getState().observed.nodes[name]?.alerts.find(({ rule }) => rule === "connections_used");
  const before = await until(() => alertOf("renamed"));
  const seen: (number | null)[] = [];
  watched.store.subscribe(({ observed }) => {
    if ("other" in observed.nodes) seen.push(alertOf("other")?.sinceMs ?? null);
  });
  watched.manager.reconcile([{ ...settings, name: "other" }]);
  await until(() => seen.length > 4);
  // It is there at once, and at no time a new one.
  expect(new Set(seen)).toEqual(new Set([before.sinceMs]));
});
