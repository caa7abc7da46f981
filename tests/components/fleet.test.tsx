import { describe, expect, test } from "bun:test";
import type { NodeEntry } from "../../src/store/nodes.ts";
import { nothingObserved, type Observed } from "../../src/store/store.ts";
import {
  alert,
  cluster,
  health,
  lag,
  node,
  nowMs,
  observed,
  pulse,
  refused,
  standby,
  stateOf,
  unreached,
} from "../support/screens/fixtures.ts";
import { badDay } from "../support/screens/fleet-fixtures.ts";
import { draw, drawRaw } from "../support/screens/screens.tsx";

const wide = { columns: 180, rows: 24 };
const small = { columns: 80, rows: 24 };

/** The line of a node on the fleet screen, as text. */
const lineOf = (seen: Observed, name: string, size = wide) =>
  draw(stateOf(seen, size)).find((line) =>
    line
      .slice(3)
      .replace(/^[ └]*/, "")
      .startsWith(`${name} `),
  ) ?? "";
const alone = (one: NodeEntry, size = wide) => lineOf(observed([one]), one.name, size);

test("at 80 columns the issue of blocked sessions still names the root", () => {
  const text = "4 sessions blocked 16s > 10s, root pid 19725 psql deploy";
  const blocked = alert("blocked_sessions", "warning", text, { short: "4 blocked 16s, root 19725" });
  const lines = draw(
    stateOf(observed([node("billing-1", { alerts: [blocked] })]), { columns: 80, rows: 24 }),
  );
  expect(lines.find((line) => line.startsWith("❯"))).toMatch(/ 4 blocked 16s, root 19725$/);
  expect(lines.join("\n")).toMatch(/ warning .* root pid 19725 psql /);
});

test("the header does not count a node as up of which rules cannot be judged", () => {
  const unknowns = [{ kind: "sessions" as const, reason: "sessions are hidden", rules: ["long_query"] }];
  const seen = observed([node("a"), node("b", { unknowns })]);
  expect(draw(stateOf(seen, wide))[0]).toMatch(/● 1 up {2}\? 1 unjudged/);
});

test("of a fleet higher than the screen what is wrong comes first, then all in fleet order, also what connects", () => {
  const name = (index: number) => `n${String(index).padStart(2, "0")}`;
  const seen = observed(
    Array.from({ length: 40 }, (_, index) => {
      if (index === 30) return unreached(name(index), "reconnecting", refused);
      return index < 4 ? node(name(index)) : unreached(name(index), "connecting");
    }),
  );
  const drawn = draw(stateOf(seen, wide)).flatMap((line) => /^.. (n\d\d) /.exec(line)?.[1] ?? []);
  expect(drawn.slice(0, 7)).toEqual(["n30", "n00", "n01", "n02", "n03", "n04", "n05"]);
});

describe("each state", () => {
  const down = unreached("x", "reconnecting", refused);
  const cases: [string, NodeEntry, RegExp][] = [
    ["up", node("x"), /● x +primary/],
    ["connecting", unreached("x", "connecting"), /◐ x .*connecting$/],
    ["down", down, /✖ x .*connection refused ×3, next try 4s, for 10m$/],
    ["parked", unreached("x", "disconnected"), /○ x .*disconnected$/],
    [
      "stale",
      node("x", { health: health("stale", { lastAnswerAtMs: nowMs - 7000 }) }),
      /◌ x .*no answer for 7\.0s$/,
    ],
    [
      "in trouble",
      node("x", {
        alerts: [alert("connections_used", "critical", "connections 97% > 95%", { sinceMs: nowMs - 3000 })],
      }),
      /✖ x .*connections 97% > 95%, for 3\.0s$/,
    ],
    [
      "not seen by every rule",
      node("x", { unknowns: [{ kind: "sessions", reason: "sessions are hidden", rules: ["long_query"] }] }),
      /\? x +primary.*sessions are hidden$/,
    ],
    [
      "down, with the role that it had",
      node("x", { health: health("reconnecting", { error: refused }) }),
      /✖ x +primary\? /,
    ],
    ["promoted", node("x", { promotedAtMs: nowMs - 3000 }), /● x +primary .*became primary 3\.0s ago$/],
    [
      "due for its next try",
      { ...down, health: { ...down.health, nextAttemptAtMs: nowMs } },
      /trying now, for 10m$/,
    ],
  ];

  test.each(cases)("%s has a sign and a word", (_, entry, line) => {
    expect(alone(entry)).toMatch(line);
  });

  test("two primaries are said at the cluster's heading", () => {
    const seen = observed(
      [node("a-1"), node("a-2")],
      [
        cluster(
          "a",
          [
            { name: "a-1", depth: 0 },
            { name: "a-2", depth: 0 },
          ],
          { problem: "two primaries: a-1, a-2" },
        ),
      ],
    );
    expect(lineOf(seen, "a")).toMatch(/✖ two primaries: a-1, a-2$/);
  });

  test("the heading tells the worst of what is inside, by name", () => {
    expect(lineOf(badDay, "orders")).toMatch(/▲ orders-1 sessions blocked: 1/);
    expect(lineOf(badDay, "billing")).toMatch(/✖ billing-1 connection refused ×3/);
  });
});

describe("what is not known", () => {
  test("is a dash, never a zero", () => {
    const cells = alone(unreached("x", "connecting")).trim().split(/\s+/);
    expect(cells.slice(2, -1)).toEqual(Array.from({ length: cells.length - 3 }, () => "–"));
  });

  test("is a dash in a cluster's sums until one node has told", () => {
    const young = node("a-1", { pulse: pulse({ transactions: null }) });
    const seen = observed([young], [cluster("a", [{ name: "a-1", depth: 0 }])]);
    expect(lineOf(seen, "a")).toMatch(/1 node .* 132\/400 +9 +0 +– /);
  });

  test("is a dash in a cluster's sums, and a bound of its lag, while one node cannot tell", () => {
    const hides = standby("a-2", {
      pulse: pulse({ active: null, hidden_processes: 3 }),
      lag: lag(null, null),
    });
    const members = ["a-1", "a-2"].map((name) => ({ name, depth: 0 }));
    const seen = (...nodes: NodeEntry[]) => lineOf(observed(nodes, [cluster("a", members)]), "a");
    expect(seen(node("a-1"), hides)).toMatch(/2 nodes .* 264\/800 +– +0 .* – +0:42/);
    expect(seen(standby("a-1", { lag: lag(3, 5n) }), hides)).toMatch(/2 nodes .* >3\.0s /);
    const quiet = pulse({ oldest_transaction: null });
    expect(
      seen(node("a-1", { pulse: quiet }), { ...hides, pulse: { ...quiet, hidden_processes: 3 } }),
    ).toMatch(/– +–$/);
  });

  test("is a dash for a standby whose lag nobody can tell", () => {
    expect(alone(standby("x", { lag: lag(null, null) }))).toMatch(/99\.9 +– +0:03/);
    expect(alone(standby("x", { lag: lag(null, null) }))).not.toContain("0.0s");
  });

  test("is a dash for the oldest transaction of a role that sees its own sessions alone", () => {
    const quiet = pulse({ oldest_transaction: null });
    expect(alone(node("x", { pulse: quiet }))).toMatch(/99\.8$/);
    const unseen = [{ hidden_processes: 7 }, { untracked_sessions: 1 }, { hidden_processes: null }];
    for (const more of unseen)
      expect(alone(node("x", { pulse: { ...quiet, ...more } }))).toMatch(/99\.8 +–$/);
  });

  test("has a sign where lag may be more than what is seen", () => {
    expect(alone(standby("x", { lag: lag(42, 5n, { atLeast: true }) }))).toContain(" >42s ");
  });

  test("is empty for the lag of a primary", () => {
    expect(alone(node("x"))).toMatch(/99\.8 +0:42/);
  });
});

test("before the first round of polls nobody claims that there are no nodes", () => {
  expect(draw(stateOf(nothingObserved, small)).join("\n")).not.toContain("no nodes");
  expect(draw(stateOf(observed([]), small)).join("\n")).toContain("no nodes yet");
});

describe("at 80x24", () => {
  test("the essentials are there: state, name, role, lag, connections, transactions, issue", () => {
    expect(lineOf(badDay, "orders-3", small)).toMatch(
      /▲ +└ orders-3 +standby +31\/400 +2 +0 +310 +41s +replay lag 41s > 10s/,
    );
    expect(draw(stateOf(badDay, small))[2]).toMatch(/NODE +ROLE +CONNS +ACT +WAIT +TX\/s +LAG +ISSUE/);
  });

  test("the reason why a node is down is there, the least important words leave", () => {
    expect(lineOf(badDay, "billing-1", small)).toMatch(/connection refused ×3$/);
    expect(lineOf(badDay, "billing-1", wide)).toMatch(/connection refused ×3, next try 4s, for 10m$/);
  });
});

test("numbers line up on the right, under their headings", () => {
  const [heading = "", ...lines] = draw(stateOf(badDay, wide)).slice(2, 15);
  for (const name of ["CONNS", "ACT", "WAIT", "TX/s", "HIT%", "LAG", "OLDEST TX"]) {
    const end = heading.indexOf(name) + name.length;
    for (const line of lines) expect(line.padEnd(200).slice(end - 1, end + 1)).toMatch(/^(\S | {2})$/);
  }
});

test("a node outside of any cluster lines up with those inside", () => {
  const start = (name: string) => lineOf(badDay, name).indexOf(name);
  expect(start("reports")).toBe(start("orders-1"));
  expect(start("reports")).toBe(start("billing-1"));
});

test("values that do not change are drawn the same from one refresh to the next", () => {
  const first = drawRaw(stateOf(badDay, wide));
  const later = drawRaw(stateOf({ ...badDay, nowMs: nowMs + 20, clockMs: badDay.clockMs + 1000 }, wide));
  const changed = first.filter((line, at) => line !== later[at]);
  expect(changed).toEqual([first[0] ?? ""]);
});

test("a busier server does not move the columns to its right", () => {
  const withPulse = (more: Parameters<typeof pulse>[0]) =>
    draw(stateOf(observed([node("a", { pulse: pulse(more) })]), wide))[2];
  expect(withPulse({ connections: 1 })).toBe(withPulse({ connections: 399, active: 250, blocked: 99 }));
});

test("a production node says so on its line and in the header, at any width", () => {
  const seen = observed([node("x", { production: true }), node("y")]);
  for (const columns of [60, 80, 180]) {
    const size = { columns, rows: 24 };
    expect(lineOf(seen, "x", size)).toMatch(columns < 100 ? / x +P primary/ : / x +prod primary/);
    expect(lineOf(seen, "y", size)).toMatch(/ y +primary/);
    expect(draw(stateOf(seen, size))[0]).toMatch(/ prod(uction)? /);
  }
});
