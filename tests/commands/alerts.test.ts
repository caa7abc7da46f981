import { describe, expect, test } from "bun:test";
import type { NodeEntry } from "../../src/store/nodes.ts";
import type { Observed } from "../../src/store/store.ts";
import { sitDown } from "../support/screens/desk.ts";
import { alert, cluster, node, nowMs, observed, unreached } from "../support/screens/fixtures.ts";
import { badDay } from "../support/screens/fleet-fixtures.ts";
import { draw, drawRaw } from "../support/screens/screens.tsx";

const blocked = (severity: "warning" | "critical") =>
  alert("blocked_sessions", severity, "3 sessions blocked 41s > 10s", {
    sinceMs: nowMs - 41_000,
    subject: { kind: "backend", id: "8017" },
  });
const slot = alert("slot_inactive", "warning", "slot archive is inactive", {
  sinceMs: nowMs - 900_000,
  subject: { kind: "slot", id: "archive" },
});

const seen = (severity: "warning" | "critical", atMs = nowMs): Observed => ({
  ...observed(
    [node("a-1", { alerts: [blocked(severity)] }), node("a-2", { alerts: [slot] })],
    [
      cluster("a", [
        { name: "a-1", depth: 0 },
        { name: "a-2", depth: 0 },
      ]),
    ],
  ),
  nowMs: atMs,
});

/** At the list of alerts, with the cursor on the sessions that are blocked. */
function atAlerts(severity: "warning" | "critical" = "critical") {
  const desk = sitDown(seen(severity));
  desk.open({ kind: "view", view: "alerts", scope: { kind: "all" } });
  return desk;
}

const lineWith = (desk: ReturnType<typeof atAlerts>, text: string) =>
  drawRaw(desk.state()).find((line) => line.includes(text)) ?? "";
const header = (desk: ReturnType<typeof atAlerts>) => draw(desk.state())[0];

describe("without alerts", () => {
  const shownOf = (one: NodeEntry) => {
    const desk = sitDown({ ...observed([one]), nowMs });
    desk.open({ kind: "view", view: "alerts", scope: { kind: "all" } });
    return draw(desk.state()).join("\n");
  };

  test("all is well where all rules are judged", () => {
    expect(shownOf(node("mine"))).toContain("no alerts");
  });

  test("the rules that cannot be judged are named, with what is missing, and it is not called well", () => {
    const reason = "sessions of other roles are hidden: GRANT pg_monitor TO bare";
    const unknowns = [{ kind: "sessions" as const, reason, rules: ["blocked_sessions", "long_query"] }];
    const text = shownOf(node("mine", { unknowns }));
    expect(text).toContain(`mine: blocked_sessions, long_query cannot be judged: ${reason}`);
    expect(text).not.toContain("no alerts");
  });

  test("a node that has not answered yet is not called well", () => {
    const text = shownOf(unreached("mine", "connecting"));
    expect(text).toContain("mine: no answer yet");
    expect(text).not.toContain("no alerts");
  });
});

describe("z on an alert", () => {
  test("snoozes it: its line says for how long, the header counts it, the fleet is no longer alarmed by it", () => {
    const desk = atAlerts();
    expect(header(desk)).toContain("▲ 1 warning  ✖ 1 critical");
    desk.press("z", "down");
    expect(draw(desk.state()).join("\n")).toMatch(/critical +0:41 30m +blocked_sessions/);
    // Dimmed as a whole, and not in the colour of its severity.
    expect(lineWith(desk, "critical")).toMatch(/\u001b\[90ma-1 +critical +0:41/);
    expect(header(desk)).toContain("1 alert quiet  ● 1 up  ▲ 1 warning");
    desk.press("escape");
    const fleet = draw(desk.state()).join("\n");
    expect(fleet).not.toContain("blocked 41s");
    expect(fleet).toMatch(/● +a-1/);
  });

  test("leaves it where it is among those that were raised with it, so that z again undoes it", () => {
    const both = node("a-1", {
      alerts: [blocked("critical"), { ...blocked("critical"), rule: "long_query" }],
    });
    const desk = sitDown({ ...observed([both], [cluster("a", [{ name: "a-1", depth: 0 }])]), nowMs });
    desk.open({ kind: "view", view: "alerts", scope: { kind: "all" } });
    const lines = () => draw(desk.state()).filter((line) => line.includes(" 0:41 "));
    const before = lines();
    desk.press("z");
    expect(lines()).toEqual([
      expect.stringMatching(/^❯.* 30m +blocked/),
      expect.stringMatching(/long_query/),
    ]);
    desk.press("z");
    expect(lines()).toEqual(before);
  });

  test("says what it did, and undoes it when pressed again", () => {
    const desk = atAlerts();
    desk.press("z");
    expect(desk.state().screen.notice).toBe("snoozed for 30 min; z again undoes it");
    desk.press("z");
    expect(desk.state().screen.notice).toBe("the alert counts again");
    expect(header(desk)).toContain("▲ 1 warning  ✖ 1 critical");
    desk.press("Z");
    expect(desk.state().observed.events.map(({ node, text }) => `${node} ${text}`)).toEqual([
      "a-1 snoozed for 30 min by you: 3 sessions blocked 41s > 10s",
      "a-1 counted again by you: 3 sessions blocked 41s > 10s",
      "a-1 acknowledged by you: 3 sessions blocked 41s > 10s",
    ]);
  });

  test("lasts 30 minutes, unless the alert gets worse", () => {
    const desk = atAlerts("warning");
    desk.press("z");
    desk.observe(seen("warning", nowMs + 29 * 60_000));
    expect(header(desk)).toContain("1 alert quiet");
    desk.observe(seen("critical", nowMs + 29 * 60_000));
    expect(header(desk)).not.toContain("quiet");
    desk.observe(seen("warning", nowMs + 30 * 60_000));
    expect(header(desk)).not.toContain("quiet");
  });
});

describe("Z on an alert", () => {
  test("acknowledges it until its severity changes", () => {
    const desk = atAlerts("warning");
    desk.press("Z");
    expect(draw(desk.state()).join("\n")).toMatch(/warning +0:41 ack +blocked_sessions/);
    desk.observe(seen("warning", nowMs + 24 * 3_600_000));
    expect(header(desk)).toContain("1 alert quiet");
    desk.observe(seen("critical", nowMs + 25 * 3_600_000));
    expect(header(desk)).not.toContain("quiet");
    expect(header(desk)).toContain("✖ 1 critical");
  });

  test("is undone when pressed again, and takes the place of a snooze", () => {
    const desk = atAlerts();
    desk.press("z", "Z");
    expect(draw(desk.state()).join("\n")).toMatch(/critical +0:41 ack /);
    desk.press("Z");
    expect(header(desk)).not.toContain("quiet");
  });
});

test("the line of a quiet alert says so at 80 columns too", () => {
  const desk = sitDown(seen("critical"), { columns: 80, rows: 24 });
  desk.open({ kind: "view", view: "alerts", scope: { kind: "all" } });
  desk.press("z");
  expect(draw(desk.state()).join("\n")).toMatch(/critical +0:41 30m +3 sessions blocked 41s > 10s/);
});

test("a quiet alert stays where it was, with the cursor on it", () => {
  const desk = atAlerts();
  const before = desk.line;
  desk.press("z");
  expect(desk.line).toBe(before);
  desk.press("down", "Z");
  expect(header(desk)).toContain("2 alerts quiet  ● 2 up");
});

test("alerts can be quieted while the screen is paused, and stay so when it goes on", () => {
  const desk = atAlerts();
  desk.press("space", "z");
  expect(header(desk)).toContain("1 alert quiet");
  desk.press("z");
  expect(header(desk)).not.toContain("quiet");
  desk.press("z", "space");
  expect(header(desk)).toContain("1 alert quiet");
});

test("both keys are off where no alert is under the cursor", () => {
  const desk = sitDown(seen("critical"));
  desk.press("z", "Z");
  expect(desk.state().quieted.size).toBe(0);
});

test("Esc goes back to where the alerts were opened from, however often they are looked at on the way", () => {
  const desk = sitDown(badDay);
  desk.press(":");
  desk.type("topology");
  desk.press("enter", "!");
  expect(desk.place).toMatchObject({ view: "alerts", scope: { kind: "all" } });
  desk.press("enter");
  expect(desk.place).toMatchObject({ kind: "node" });
  desk.press("!");
  expect(desk.place).toMatchObject({ view: "alerts" });
  desk.press("escape");
  expect(desk.place).toMatchObject({ view: "topology" });
  desk.press("escape");
  expect(desk.place).toEqual({ kind: "fleet" });
});
