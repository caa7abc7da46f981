import { describe, expect, test } from "bun:test";
import type { NodeSettings } from "../../../src/config/settings.ts";
import {
  ConnectionManager,
  DuplicateNodeError,
  type NodeEvent,
} from "../../../src/services/nodes/connection-manager.ts";
import type { Outcome } from "../../../src/services/nodes/outcome.ts";
import type { Statement } from "../../../src/services/session/session.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { hangMs, serversForTests, until } from "../../support/servers/servers.ts";
import { ourBackends } from "../../support/servers/watched.ts";

const servers = serversForTests();
const sleeping: Statement = { text: "select pg_catalog.pg_sleep(30)" };
const pid: Statement = { text: "select pg_catalog.pg_backend_pid()" };
const nowhere = nodeSettings({ name: "nowhere", port: 1 });

/** A manager that knows these nodes and is stopped at the end of the test. */
function managing(...nodes: NodeSettings[]): ConnectionManager & AsyncDisposable {
  const manager = new ConnectionManager();
  for (const node of nodes) manager.add(node);
  return Object.assign(manager, { [Symbol.asyncDispose]: () => manager.stop(0) });
}

/** The first value of an answer; throws when the question failed. */
async function value(outcome: Promise<Outcome>): Promise<string | null | undefined> {
  const answered = await outcome;
  if (!answered.ok) throw new Error(`${answered.error.kind}: ${answered.error.message}`);
  return answered.answer.rows[0]?.[0];
}

const kindOf = (outcome: Outcome) => (outcome.ok ? "ok" : outcome.error.kind);

async function pair() {
  const { primary, standbys } = await servers.cluster("main", 1);
  return { primary, standby: standbys[0] ?? primary };
}

describe("questions", () => {
  test("a fan-out gives one result a node, in order, whatever the others do", async () => {
    const { primary, standby } = await pair();
    const lost = nodeSettings({ name: "lost", port: 5432 }, { connection: { host: "nosuch.invalid" } });
    await using manager = managing(nodeSettings(primary), nowhere, nodeSettings(standby), lost);
    const results = await manager.queryAll({ text: "select pg_catalog.pg_is_in_recovery()" }).outcomes;
    expect(results.map(({ node, outcome }) => [node, kindOf(outcome)])).toEqual([
      [primary.name, "ok"],
      ["nowhere", "refused"],
      [standby.name, "ok"],
      ["lost", "dns"],
    ]);
    expect(manager.facts(standby.name)).toMatchObject({
      inRecovery: true,
      user: "monitor",
      readsAllStats: true,
    });
    expect(await manager.query("nobody", pid)).toMatchObject({ ok: false, error: { kind: "other" } });
  });

  test("a session is a guest that reads, waits for nothing long, and has a name", async () => {
    const { primary } = await pair();
    await using manager = managing(nodeSettings(primary, { statementTimeoutMs: 2000 }));
    const show = (setting: string) => value(manager.query(primary.name, { text: `show ${setting}` }));
    expect(await show("transaction_read_only")).toBe("on");
    expect(await show("statement_timeout")).toBe("2s");
    expect(await show("lock_timeout")).toBe("500ms");
    expect(await show("idle_in_transaction_session_timeout")).toBe("10s");
    expect(await show("search_path")).toBe("pg_catalog");
    expect(await show("application_name")).toBe("pgparade");
    const before = await value(manager.query(primary.name, pid));
    const writing = await manager.query(primary.name, { text: "create table public.t (a int)" });
    expect(writing).toMatchObject({ ok: false, error: { sqlstate: "25006" } });
    const late = await manager.query(primary.name, sleeping);
    expect(late).toMatchObject({ ok: false, error: { kind: "timeout", sqlstate: "57014" } });
    expect(late.ms).toBeLessThan(20_000);
    expect(await value(manager.query(primary.name, pid))).toBe(before);
  });

  test("a cancelled question ends on the server and keeps its session", async () => {
    const { primary } = await pair();
    await using manager = managing(nodeSettings(primary, { statementTimeoutMs: 60_000 }));
    const before = await value(manager.query(primary.name, pid));
    const cancelling = new AbortController();
    const running = manager.query(primary.name, sleeping, { signal: cancelling.signal, deadlineMs: 60_000 });
    await until(async () => (await ourBackends(primary))[0]?.sleeps);
    cancelling.abort();
    expect(await running).toMatchObject({ ok: false, error: { kind: "cancelled", sqlstate: "57014" } });
    expect((await ourBackends(primary)).map(({ state }) => state)).toEqual(["idle"]);
    expect(await value(manager.query(primary.name, pid))).toBe(before);
    const late = await manager.query(primary.name, pid, { signal: cancelling.signal });
    expect(kindOf(late)).toBe("cancelled");
    expect(manager.health(primary.name)?.state).toBe("connected");
  });

  test("a cancelled fan-out ends on every server", async () => {
    const { primary, standby } = await pair();
    const settings = { statementTimeoutMs: 60_000 };
    await using manager = managing(nodeSettings(primary, settings), nodeSettings(standby, settings));
    const fanOut = manager.queryAll(sleeping, { deadlineMs: 60_000 });
    const isAsleep = async (server: typeof primary) => (await ourBackends(server))[0]?.sleeps ?? false;
    await until(async () => (await isAsleep(primary)) && (await isAsleep(standby)));
    fanOut.cancel();
    expect((await fanOut.outcomes).map(({ outcome }) => kindOf(outcome))).toEqual(["cancelled", "cancelled"]);
    expect((await isAsleep(primary)) || (await isAsleep(standby))).toBe(false);
  });

  test("a hundred cancelled questions in a row cancel none that follows", async () => {
    const { primary } = await pair();
    await using manager = managing(nodeSettings(primary));
    for (let turn = 0; turn < 100; turn += 1) {
      const cancelling = new AbortController();
      const text = "select pg_catalog.pg_sleep(0.002)";
      const running = manager.query(primary.name, { text }, { signal: cancelling.signal });
      setTimeout(() => cancelling.abort(), turn % 5);
      expect(["ok", "cancelled"]).toContain(kindOf(await running));
      expect(kindOf(await manager.query(primary.name, pid))).toBe("ok");
    }
  });
});

describe("nodes", () => {
  test("coming and going touch no other node", async () => {
    const { primary, standby } = await pair();
    await using manager = managing(nodeSettings(primary));
    const before = await value(manager.query(primary.name, pid));
    manager.add(nodeSettings(standby));
    expect(kindOf(await manager.query(standby.name, pid))).toBe("ok");
    const startMs = performance.now();
    expect(await manager.remove(standby.name)).toBe(true);
    expect(performance.now() - startMs).toBeLessThan(hangMs);
    expect(await manager.remove(standby.name)).toBe(false);
    expect(manager.list()).toEqual([primary.name]);
    expect(await value(manager.query(primary.name, pid))).toBe(before);
    await until(async () => (await ourBackends(standby)).length === 0);
  });

  test("a second node of one name is refused and overwrites nothing", async () => {
    const { primary, standby } = await pair();
    await using manager = managing(nodeSettings(primary));
    const before = await value(manager.query(primary.name, pid));
    const twin = nodeSettings({ name: primary.name, port: standby.port });
    expect(() => manager.add(twin)).toThrow(DuplicateNodeError);
    expect(() => manager.add(twin)).toThrow(`a node named "${primary.name}" exists already`);
    expect(manager.get(primary.name)?.connection.port).toBe(primary.port);
    expect(await value(manager.query(primary.name, pid))).toBe(before);
  });

  test("a parked node has no session until it is wanted again", async () => {
    const { primary } = await pair();
    await using manager = managing(nodeSettings(primary));
    const events: NodeEvent[] = [];
    await value(manager.query(primary.name, pid));
    manager.on((event) => events.push(event));
    manager.disconnect(primary.name);
    await until(async () => (await ourBackends(primary)).length === 0);
    expect(await manager.query(primary.name, pid)).toMatchObject({ ok: false, error: { kind: "cancelled" } });
    expect(manager.health(primary.name)?.state).toBe("disconnected");
    manager.connect(primary.name);
    expect(kindOf(await manager.query(primary.name, pid))).toBe("ok");
    const states = events.flatMap((event) => (event.type === "state" ? event.health.state : []));
    expect(states).toEqual(["disconnected", "connecting", "connected"]);
  });

  test("a login that is refused waits for a person, not for the next second", async () => {
    const { primary } = await pair();
    const name = "stranger";
    await using manager = managing(
      nodeSettings({ name, port: primary.port }, { connection: { user: "nosuch" } }),
    );
    expect(await manager.ready(name)).toMatchObject({ kind: "auth", sqlstate: "28000" });
    const { state, nextAttemptAtMs, failures } = manager.health(name) ?? {};
    expect(state).toBe("error");
    expect((nextAttemptAtMs ?? 0) - performance.now()).toBeGreaterThan(20_000);
    expect(await manager.ready(name)).toMatchObject({ kind: "auth" });
    expect(manager.health(name)?.failures).toBe(failures ?? 0);
    await primary.query("create role nosuch login");
    manager.connect(name);
    expect(await manager.ready(name)).toBeNull();
  });

  test("a server without TLS is good enough for prefer, and not for require", async () => {
    const { primary } = await pair();
    const secured = (sslmode: "prefer" | "require") =>
      nodeSettings({ name: sslmode, port: primary.port }, { connection: { sslmode } });
    await using manager = managing(secured("prefer"), secured("require"));
    expect(await manager.ready("prefer")).toBeNull();
    expect(manager.facts("prefer")?.tls).toBeNull();
    expect(await manager.ready("require")).toMatchObject({ kind: "tls" });
  });
});
