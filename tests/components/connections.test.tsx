import { describe, expect, test } from "bun:test";
import type { Theme } from "../../src/components/drawing/theme.ts";
import type { TlsState } from "../../src/postgres/server.ts";
import { withText } from "../../src/store/connection-form.ts";
import type { Connections } from "../../src/store/connections.ts";
import type { NodeEntry } from "../../src/store/nodes.ts";
import type { ConnectionTarget, TestOverlay } from "../../src/store/screen.ts";
import { updateScreen } from "../../src/store/store.ts";
import { emptyForm, entry, goodTest, listed } from "../support/screens/connection-fixtures.ts";
import { sitDown } from "../support/screens/desk.ts";
import {
  facts,
  health,
  node,
  nowMs,
  observed,
  refused,
  stateOf,
  unreached,
} from "../support/screens/fixtures.ts";
import { badDay } from "../support/screens/fleet-fixtures.ts";
import { ascii, at, draw } from "../support/screens/screens.tsx";

const size = { columns: 140, rows: 30 };
const here = at({ kind: "connections" });

const words = (rows: readonly string[]) => rows.join(" ").replace(/\s+/g, " ");

/** The line of one connection. */
function lineOf(one: NodeEntry, more: Partial<Connections["entries"][number]> = {}): string {
  const connections = { groups: [], entries: [entry(one.name, more)] };
  return draw(stateOf(observed([one]), { ...size, ...here, connections }))[3] ?? "";
}

describe("a connection", () => {
  test("that is up tells its address, TLS, latency, pool and that it is connected now", () => {
    expect(lineOf(node("x"))).toMatch(
      /● x +up +monitor@x\.example\.com:5432\/postgres +1\.3 verified +1\.4 ms +1\/2 +now$/,
    );
  });

  test("tells TLS that vouches for nobody from none", () => {
    const tls = { protocol: "TLSv1.2", verified: false, expiresAtMs: null };
    expect(lineOf(node("x", { facts: facts({ tls }) }))).toContain(" not verified ");
    expect(lineOf(node("x", { facts: facts({ tls: null }) }))).toMatch(/postgres +none +1\.4 ms/);
  });

  test("that is down says why and when it was connected last", () => {
    const down = unreached("x", "reconnecting", refused);
    expect(lineOf(down)).toMatch(/✖ x +down .* – +– +1\/2 +never +connection refused ×3, next try 4s/);
    const since = { ...down, health: { ...down.health, lastAnswerAtMs: nowMs - 720_000 } };
    expect(lineOf(since)).toMatch(/ 12m ago +connection refused/);
    const one = entry("x");
    const state = stateOf(observed([down]), {
      ...size,
      ...here,
      connections: { groups: [], entries: [one] },
    });
    const earlierAnswers = { [one.address]: state.observed.clockMs - 3 * 86_400_000 };
    expect(draw({ ...state, earlierAnswers })[3]).toMatch(/ 3d.* ago +connection refused/);
  });

  test("that a person parked is disconnected", () => {
    expect(lineOf(unreached("x", "disconnected"))).toMatch(/○ x +disconnected /);
  });

  test("that is in no file says so", () => {
    expect(lineOf(node("x"), { saved: false })).toMatch(/now +not saved/);
    expect(lineOf(node("x"), { saved: false, foundIn: "orders" })).toMatch(/now +found in orders/);
    const slow = node("x", { health: health("stale", { lastAnswerAtMs: nowMs - 7000 }) });
    expect(lineOf(slow, { saved: false })).toMatch(/no answer for 7\.0s$/);
  });
});

describe("groups", () => {
  test("that a node can be moved to: with none yet, the name of a new one is asked for", () => {
    const choosing = { kind: "group", node: "x", text: "", ranked: "", index: 0 } as const;
    const connections = { groups: [], entries: [entry("x")] };
    const seen = draw(stateOf(observed([node("x")]), { ...size, ...here, connections, overlay: choosing }));
    expect(words(seen)).toContain("there is no other group: type the name of a new one");
  });

  const state = stateOf(badDay, { ...size, ...here, connections: listed });

  test("tell how many of their nodes are up, which one that does not answer is not", () => {
    const rows = draw(state);
    expect(rows.find((row) => row.includes(" shop "))).toMatch(/▾ shop +3\/3 up$/);
    expect(rows.find((row) => row.includes(" office "))).toMatch(/▾ office +0\/3 up$/);
    expect(rows.find((row) => row.includes(" new "))).toMatch(/▾ new +empty$/);
  });

  test("take their nodes with them when they are folded", () => {
    const folded = { ...state, screen: { ...state.screen, foldedGroups: new Set(["shop"]) } };
    expect(draw(folded).filter((row) => row.includes("orders-"))).toEqual([]);
    expect(draw(folded).find((row) => row.includes("shop"))).toMatch(/▸ shop +3\/3 up$/);
  });
});

describe("the question before a connection is deleted", () => {
  const asked = (entries: Connections["entries"], target: ConnectionTarget) =>
    draw(
      stateOf(badDay, {
        ...size,
        ...here,
        connections: { groups: [], entries },
        overlay: { kind: "change", change: { act: "delete", target } },
      }),
    ).join("\n");

  test("names all hosts of a string that go with it", () => {
    const entries = [entry("orders-1", { entry: "orders" }), entry("orders-2", { entry: "orders" })];
    expect(asked(entries, { kind: "node", name: "orders-2" })).toContain(
      "one of 2 hosts of orders in the config file: all of them are deleted",
    );
  });

  test("says all of it at 60 columns", () => {
    const entries = [entry("orders-1", { entry: "orders" }), entry("orders-2", { entry: "orders" })];
    const overlay = {
      kind: "change",
      change: { act: "delete", target: { kind: "node", name: "orders-2" } },
    } as const;
    const small = { columns: 60, rows: 15, ...here, connections: { groups: [], entries }, overlay };
    expect(words(draw(stateOf(badDay, small)))).toContain(
      "of orders in the config file: all of them are deleted.",
    );
  });

  test("tells a node of the file from one that is in none", () => {
    const entries = [entry("a"), entry("b", { saved: false })];
    expect(asked(entries, { kind: "node", name: "a" })).toContain("taken out of the config file");
    expect(asked(entries, { kind: "node", name: "b" })).toContain("in no config file");
  });
});

describe("at 80 columns", () => {
  const narrow = { columns: 80, rows: 24, ...here };
  const lineWith = (tls: TlsState | null, theme?: Theme) => {
    const connections = { groups: [], entries: [entry("x")] };
    return draw(
      stateOf(observed([node("x", { facts: facts({ tls }) })]), { ...narrow, connections }),
      theme,
    )[3];
  };

  test("name, state, address, TLS and all of a short reason are there", () => {
    const rows = draw(stateOf(badDay, { ...narrow, connections: listed }));
    expect(rows[2]).toMatch(/NAME +STATE +ADDRESS +TLS/);
    expect(rows.find((row) => row.includes("billing-1"))).toMatch(
      /✖ +billing-1 down +billing-1\.example\.com +– +connection refused ×3$/,
    );
  });

  test("TLS is a mark that tells who vouches for nobody, and what is not encrypted", () => {
    const tls = { protocol: "TLSv1.2", expiresAtMs: null };
    expect(lineWith({ ...tls, verified: true })).toMatch(/x\.example\.com:5432 +1\.2 ✔$/);
    expect(lineWith({ ...tls, verified: true }, ascii)).toMatch(/ 1\.2 ok$/);
    expect(lineWith({ ...tls, verified: false })).toMatch(/ 1\.2 \?$/);
    expect(lineWith(null)).toMatch(/ none$/);
  });
});

test("without connections the screen says what to do", () => {
  const state = stateOf(observed([]), { ...size, ...here });
  expect(draw(state).join("\n")).toContain("no connections yet");
});

describe("a report that is longer than the screen", () => {
  const lines = Array.from({ length: 30 }, (_, at) => ({
    label: `host-${at}`,
    value: "up",
    meaning: "ok" as const,
  }));
  const test30 = { ...goodTest, lines };
  const overlays: [string, TestOverlay][] = [
    ["beside the form", { kind: "connection", form: emptyForm, test: test30 }],
    ["alone", { kind: "connection-test", node: "a", test: test30 }],
  ];
  for (const columns of [60, 80])
    test.each(overlays)(`can be read to its end with PgDn, %s at ${columns}`, (_, overlay) => {
      const desk = sitDown(badDay, { columns, rows: 15 });
      updateScreen(desk.store, (screen) => ({ ...screen, ...here, overlay }));
      const seen = new Set<string>();
      const look = () => {
        const text = draw(desk.state()).join("\n");
        for (const [host] of text.matchAll(/host-\d+(?= +up)/g)) seen.add(host);
        return text;
      };
      expect(look()).toContain("PgDn shows more");
      for (let page = 0; page < 15; page++) {
        desk.press("pagedown");
        look();
      }
      expect(seen.size).toBe(30);
      expect(look()).not.toContain("shows more");
      for (let page = 0; page < 15; page++) desk.press("pageup");
      expect(look()).toMatch(/host-0 +up/);
    });
});

test("on the form no mistake and no refusal is cut", () => {
  const notice = "config.yaml:12:10: nodes.orders-1.statement_timeout: expected a time with its unit";
  const pasted = withText(emptyForm, "pasted", "a%zz");
  const problem = "a % that is not followed by two hexadecimal digits (a % itself is written %25)";
  const form = { ...pasted, notice, problems: { pasted: problem } };
  const state = stateOf(badDay, { columns: 80, rows: 24, ...here });
  const overlay = { kind: "connection", form, test: null } as const;
  const text = words(draw({ ...state, screen: { ...state.screen, overlay } }));
  expect(text).toContain(notice);
  expect(text).toContain(problem);
});

test("that a node is production is said in words before it is deleted or moved", () => {
  const connections = { groups: [], entries: [entry("x", { production: true })] };
  const change = { act: "delete", target: { kind: "node", name: "x" } } as const;
  const state = stateOf(observed([node("x", { production: true })]), { ...size, ...here, connections });
  const asked = { ...state, screen: { ...state.screen, overlay: { kind: "change", change } as const } };
  expect(draw(asked).join("\n")).toMatch(/Delete x\? .*, production/);
});
