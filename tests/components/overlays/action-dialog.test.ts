import { describe, expect, test } from "bun:test";
import type { NodeEntry } from "../../../src/store/nodes.ts";
import type { Observed } from "../../../src/store/store.ts";
import type { Backend } from "../../../src/views/backends/activity.ts";
import { sitDown } from "../../support/screens/desk.ts";
import { backend, health, node, nowMs, observed, okSample } from "../../support/screens/fixtures.ts";
import { draw } from "../../support/screens/screens.tsx";

function day(sessions: readonly Partial<Backend>[], more: Partial<NodeEntry> = {}): Observed {
  const rows = sessions.map((one, at) => backend(71 + at, one));
  return observed([node("busy", more)], undefined, { activity: { busy: okSample(rows) } });
}

/** The dialog before a session is terminated, on a terminal of this size. */
function asked(seen: Observed, columns: number, rows: number, ...keys: readonly string[]) {
  const desk = sitDown(seen, { columns, rows });
  desk.press("a", "0", ...keys, "K");
  return Object.assign(desk, { text: () => draw(desk.state()).join("\n") });
}

describe("on the smallest screen", () => {
  const statement = Array.from({ length: 60 }, (_, at) => `word${at}`).join(" ");

  test("node, production, pid, user, application and statement come first, and arrows show the rest", () => {
    const desk = asked(day([{ query: statement }], { production: true }), 60, 8);
    expect(desk.text()).toContain("busy (primary, production)");
    expect(desk.text()).toContain("pid 71, app as web-7");
    expect(desk.text()).toContain("word0 word1");
    expect(desk.text()).toContain("arrows and PgDn show them");
    expect(desk.text()).toContain("Type busy to terminate");
    expect(desk.text()).not.toContain("10.1.4.22");
    desk.press("pagedown");
    expect(desk.text()).toContain("10.1.4.22");
    desk.press("up", "up", "up", "up", "up", "up", "up", "up", "up", "up", "up", "up");
    expect(desk.text()).toContain("pid 71, app as web-7");
  });

  test("a long user and a long application are both cut, and neither hides the other", () => {
    const desk = asked(day([{ usename: "u".repeat(63), application_name: "a".repeat(63) }]), 60, 8);
    expect(desk.text()).toMatch(/pid 71, u{10,}… as a{10,}…/);
  });
});

test("on the smallest screen a process without a user is named by its kind", () => {
  const worker = { usename: null, application_name: "", backend_type: "autovacuum worker" };
  expect(asked(day([worker]), 60, 8).text()).toMatch(/pid 71, autovacuum worker *\n/);
});

test("on the smallest screen several sessions are scrolled by the arrows", () => {
  const desk = asked(day([{}, {}, {}, {}]), 60, 8, "X");
  expect(desk.text()).toMatch(/Terminate these 4 sessions\?[\s\S]*busy +primary +71 app/);
  expect(desk.text()).not.toContain(" 74 ");
  desk.press("down", "down");
  expect(desk.text()).toContain(" 74 ");
});

describe("at 80 columns", () => {
  test("long names are wrapped, not cut", () => {
    const long = { application_name: "a".repeat(63), usename: "u".repeat(63), datname: "d".repeat(63) };
    const text = asked(day([long]), 80, 24).text();
    expect(text).toMatch(/client +a{63} from\n +10\.1\.4\.22\n/);
    expect(text).toMatch(/user +u{63} in\n +database\n? +d{63}\n/);
  });

  test("a statement that is cut ends in an ellipsis", () => {
    const query = Array.from({ length: 300 }, (_, at) => `word${at}`).join(" ");
    expect(asked(day([{ query }]), 80, 24).text()).toMatch(/word\d+…\n/);
    expect(asked(day([{ query: "select 1" }]), 80, 24).text()).not.toContain("…");
  });
});

describe("of a node that does not answer", () => {
  const down: NodeEntry["health"] = { ...health("reconnecting"), sinceMs: nowMs - 150_000 };

  test("says since when and that nothing can be sent now", () => {
    const text = asked(day([{}], { health: down }), 80, 24).text();
    expect(text).toContain("not connected for 2m; nothing can be sent now");
  });

  test("says so of several sessions once", () => {
    const text = asked(day([{}, {}], { health: down }), 80, 24, "x", "x").text();
    expect(text.match(/busy: not connected for/g)).toHaveLength(1);
  });

  test("says so when the connection is lost while the question stands there, and no more once it is back", () => {
    const desk = asked(day([{}]), 80, 24);
    expect(desk.text()).not.toContain("not connected");
    desk.observe(day([{}], { health: down }));
    expect(desk.text()).toContain("not connected for");
    desk.observe(day([{}]));
    expect(desk.text()).not.toContain("not connected");
  });
});
