import { describe, expect, test } from "bun:test";
import type { Listed } from "../../../src/stats/discovery.ts";
import { overlayIf } from "../../../src/store/screen.ts";
import type { Observed } from "../../../src/store/store.ts";
import { sitDown } from "../../support/screens/desk.ts";
import { node, nowMs, observed, standby } from "../../support/screens/fixtures.ts";
import { draw } from "../../support/screens/screens.tsx";

type Change = Partial<Listed> & { readonly of?: Partial<Listed["member"]> };

function listed(name: string, role: string, { of, ...change }: Change = {}): Listed {
  return {
    member: {
      ...{ name, host: name, port: 5432, role, state: role === "leader" ? "running" : "streaming" },
      ...{ timeline: 1, lagBytes: role === "leader" ? null : 0, tags: [], pendingRestart: false },
      apiUrl: `http://${name}:8008`,
      ...of,
    },
    ...{ source: "patroni", isSpeaker: role === "leader" },
    ...{ cluster: "orders", urls: ["http://lb:8008", "http://pg2:8008"], scope: "orders", paused: false },
    ...{ scheduledSwitchover: null, timelines: null, answeredAtMs: nowMs, failing: null, goneSinceMs: null },
    ...change,
  };
}

type Nodes = {
  readonly leader?: Change;
  readonly replica?: Change;
  readonly leaderNode?: Parameters<typeof node>[1];
  readonly replicaNode?: Parameters<typeof node>[1];
};

function day({ leader, replica, leaderNode, replicaNode }: Nodes = {}): Observed {
  return observed([
    node("pg1", { actions: "all", listed: listed("pg1", "leader", leader), ...leaderNode }),
    standby("pg2", { actions: "all", listed: listed("pg2", "replica", replica), ...replicaNode }),
  ]);
}

const isDown = { facts: null, health: { ...node("x").health, state: "error" as const } };

/** On the row of a member, in the view of members. */
function at(seen: Observed, member: "pg1" | "pg2") {
  const desk = sitDown(seen, { rows: 30, columns: 100 });
  desk.open({ kind: "view", view: "patroni", scope: { kind: "all" } });
  if (member === "pg2") desk.press("down");
  return Object.assign(desk, {
    text: () => draw(desk.state()).join("\n"),
    question: () => overlayIf(desk.state().screen, "operation"),
    choose(name: string) {
      desk.press("O");
      desk.type(name);
      desk.press("enter");
      return desk.state().screen.notice;
    },
  });
}

describe("the request is shown as it is sent, and y sends it:", () => {
  test.each<["pg1" | "pg2", string, string, Nodes]>([
    ["pg2", "patroni-switchover", 'POST http://lb:8008/switchover\n{"leader":"pg1","candidate":"pg2"}', {}],
    // While it is paused too: it is then the only way.
    [
      "pg2",
      "patroni-switchover",
      'POST http://lb:8008/switchover\n{"leader":"pg1","candidate":"pg2"}',
      { leader: { paused: true }, replica: { paused: true } },
    ],
    ["pg1", "patroni-restart", "POST http://pg1:8008/restart", {}],
    // A member that does not start is restarted all the same.
    ["pg2", "patroni-restart", "POST http://pg2:8008/restart", { replicaNode: isDown }],
    ["pg2", "patroni-pause", 'PATCH http://lb:8008/config\n{"pause":true}', {}],
    ["pg1", "patroni-resume", 'PATCH http://lb:8008/config\n{"pause":null}', { leader: { paused: true } }],
  ])("%s %s", (member, name, request, nodes) => {
    const desk = at(day(nodes), member);
    desk.choose(name);
    for (const line of request.split("\n")) expect(desk.text()).toContain(`   ${line}`);
    desk.press("n");
    expect(desk.asked.filter((asked) => asked.startsWith("patroni"))).toEqual([]);
    desk.choose(name);
    desk.press("y");
    expect(desk.asked).toContain(`${name} on ${member}: ${request}`);
  });

  test.each<[string, string, Nodes]>([
    ["patroni-failover", 'POST http://lb:8008/failover\n{"candidate":"pg2"}', { leaderNode: isDown }],
    [
      "patroni-failover",
      'POST http://lb:8008/failover\n{"candidate":"pg2"}',
      { leader: { goneSinceMs: nowMs } },
    ],
    ["patroni-reinit", "POST http://pg2:8008/reinitialize", {}],
  ])("%s asks for the member's name", (name, request, nodes) => {
    const desk = at(day(nodes), "pg2");
    desk.choose(name);
    desk.press("y", "enter");
    expect(desk.asked.filter((asked) => asked.startsWith("patroni"))).toEqual([]);
    desk.press("backspace");
    desk.type("pg2");
    desk.press("enter");
    expect(desk.asked).toContain(`${name} on pg2: ${request}`);
  });
});

describe("it is said why it cannot be done:", () => {
  const failing = { sinceMs: nowMs, sinceClockMs: 0, why: "connection refused" };
  const stale = "Patroni does not answer: what is known is not what is so now";
  test.each<["pg1" | "pg2", string, string, Nodes]>([
    ["pg1", "patroni-switchover", "it is the leader", {}],
    ["pg2", "patroni-switchover", "it has the tag nofailover", { replica: { of: { tags: ["nofailover"] } } }],
    ["pg2", "patroni-switchover", "it is start failed", { replica: { of: { state: "start failed" } } }],
    ["pg2", "patroni-switchover", "it is in an unknown state", { replica: { of: { state: null } } }],
    [
      "pg2",
      "patroni-switchover",
      "no leader is listed: patroni-failover is what is left",
      { leader: { goneSinceMs: nowMs } },
    ],
    ["pg2", "patroni-switchover", stale, { replica: { failing } }],
    ["pg2", "patroni-restart", "Patroni no longer lists it", { replica: { goneSinceMs: nowMs } }],
    ["pg2", "patroni-failover", "its leader pg1 answers: patroni-switchover", {}],
    ["pg1", "patroni-failover", "it is the leader", {}],
    ["pg1", "patroni-reinit", "it is the leader", {}],
    ["pg2", "patroni-reinit", "no leader is listed to copy from", { leader: { goneSinceMs: nowMs } }],
    [
      "pg2",
      "patroni-restart",
      "Patroni gives no address of its REST API at a host that is known",
      { replica: { of: { apiUrl: null } } },
    ],
    // Behind one address of a gateway, say.
    [
      "pg2",
      "patroni-reinit",
      "pg1 has the same address http://pg1:8008: map both with their ports in addresses",
      { replica: { of: { apiUrl: "http://pg1:8008" } } },
    ],
    ...["patroni-reinit", "patroni-restart", "patroni-switchover"].map(
      (name): ["pg2", string, string, Nodes] => [
        "pg2",
        name,
        "pg3 has the same address as pg2: map each to its own in addresses",
        { replica: { sharesWith: ["pg3"] } },
      ],
    ),
    ["pg1", "patroni-pause", "it is paused", { leader: { paused: true } }],
    ["pg1", "patroni-resume", "it is not paused", {}],
    [
      "pg2",
      "patroni-restart",
      "the config says actions: signal, not all",
      { replicaNode: { actions: "signal" } },
    ],
    [
      "pg2",
      "patroni-switchover",
      "it changes pg1 too, where the config says actions: none, not all",
      { leaderNode: { actions: "none" } },
    ],
  ])("%s %s: %s", (member, name, why, nodes) => {
    const desk = at(day(nodes), member);
    expect(desk.choose(name)).toBe(`${name}: ${why}`);
    expect(desk.question()).toBeNull();
  });
});

test("where a node that feels it is production, that name is typed", () => {
  const desk = at(day({ leaderNode: { production: true } }), "pg2");
  desk.choose("patroni-switchover");
  expect(desk.text()).toContain("Type pg1 to switch over");
});

test("a yes does not count where another one leads by then", () => {
  const desk = at(day(), "pg2");
  desk.choose("patroni-switchover");
  desk.store.setState({ observed: day({ leader: { of: { role: "replica" } } }) });
  desk.press("y");
  expect(desk.state().screen.notice).toBe(
    "patroni-switchover: no leader is listed: patroni-failover is what is left; nothing was sent",
  );
  expect(desk.asked.filter((asked) => asked.startsWith("patroni"))).toEqual([]);
});

test("nor where another source than Patroni lists the member by then", () => {
  const desk = at(day(), "pg2");
  desk.choose("patroni-restart");
  desk.store.setState({ observed: day({ replica: { source: "srv" } }) });
  desk.press("y");
  expect(desk.state().screen.notice).toContain("DNS lists it, and not Patroni");
  expect(desk.asked.filter((asked) => asked.startsWith("patroni"))).toEqual([]);
});

test("nodes that no source lists have no such operation", () => {
  const desk = sitDown(observed([node("db-1", { actions: "all" })]), { rows: 30 });
  desk.press("O");
  expect(draw(desk.state()).join("\n")).not.toContain("patroni-");
});

describe("what goes past Patroni says that it manages the server:", () => {
  const past = (name: string, change: Change) => {
    const desk = at(day({ replica: change }), "pg2");
    desk.choose(name);
    if (name.startsWith("create")) desk.type("s1");
    if (name.startsWith("create")) desk.press("enter");
    return desk.text().replaceAll(/\s+/g, " ");
  };

  test.each([
    ["promote-anyway", {}, "manages this server (orders); it decides who leads: patroni-switchover, or"],
    ["promote-anyway", { paused: true }, "manages this server (orders, is paused); it decides who leads"],
    ["pause-replay", {}, "manages this server (orders); this pauses the replay of WAL alone"],
    ["reload-configuration", {}, "it writes postgresql.conf from its own configuration"],
    ["create-physical-slot", {}, "it may drop this slot, since it keeps those that its members need"],
  ] as const)("%s %j", (name, change, said) => {
    expect(past(name, change)).toContain(said);
  });

  test("not where another source lists it, or Patroni no longer does", () => {
    for (const change of [{ source: "srv" }, { goneSinceMs: nowMs }] as const)
      expect(past("pause-replay", change)).not.toContain("manages this server");
    expect(past("checkpoint", {})).not.toContain("manages this server");
  });
});
