import { describe, expect, test } from "bun:test";
import { drawText } from "../../scripts/picture.ts";
import type { Theme } from "../../src/components/drawing/theme.ts";
import { nodeError } from "../../src/postgres/node-error.ts";
import type { Observed, State } from "../../src/store/store.ts";
import { activity } from "../../src/views/backends/activity.ts";
import { idText, rowId } from "../../src/views/row-id.ts";
import {
  activityOf,
  alert,
  backend,
  cluster,
  facts,
  node,
  observed,
  pulse,
  stateOf,
  unreached,
} from "../support/screens/fixtures.ts";
import { isRule } from "../support/screens/rule.ts";
import { activityOn, at, dark, drawRaw, ourAnchors, sizes } from "../support/screens/screens.tsx";

/** Every way a text can try to leave its cell. */
const attack =
  "\u001b[31m\u001b]8;;http://trap.example\u0007\nforged\u001b[2J\u001b[H\u001b[31;7mX\u001b]0;owned\u0007\u001b]52;c;eA==\u001b\\\u009b5A\r\n\t\b\u202e\u200b\ufeff\u0301\u0301\u0301\u0301\u0301\u0301\u{e0001}\ud800漢字👩‍👩‍👧";

const unpainted: Theme = { ...dark, paint: (_, text) => text, tag: (_, text) => text };

/** A fleet in which every text that servers and their users choose is `text`. */
function fleetOf(text: string): Observed {
  const row = backend(1, {
    datname: text,
    usename: text,
    application_name: text,
    client_addr: text,
    backend_type: text,
    state: text,
    wait: text,
    query: text,
  });
  return observed(
    [
      node("a", {
        facts: facts({
          version: text,
          systemIdentifier: text,
          tls: { protocol: text, verified: true, expiresAtMs: null },
          database: text,
          user: text,
          readsAllStats: false,
          inRecovery: true,
          extensions: new Map([[text, { version: text, schema: text }]]),
        }),
        bastion: text,
        alerts: [alert("blocked_sessions", "warning", text)],
        pulse: pulse({ receiver: text, sender_host: text, in_recovery: true }),
      }),
      unreached("b", "error", nodeError("auth", text, text)),
    ],
    [
      cluster(text, [{ name: "a", depth: 0 }], { problem: text }),
      cluster("b", [{ name: "b", depth: 0 }], { heading: false }),
    ],
    activityOf({ a: [row] }),
  );
}

const rowKey = idText(rowId("a", activity, backend(1)));
const showing: [string, (seen: Observed, size: (typeof sizes)[number]) => State][] = [
  ["fleet", (seen, size) => stateOf(seen, { ...size, title: "t" })],
  ["activity", (seen, size) => stateOf(seen, { ...size, ...at(activityOn(null)) })],
  ["activity, scrolled", (seen, size) => stateOf(seen, { ...size, ...at(activityOn(null), { left: 3 }) })],
  ["node", (seen, size) => stateOf(seen, { ...size, ...at({ kind: "node", node: "a" }) })],
  ["node that is down", (seen, size) => stateOf(seen, { ...size, ...at({ kind: "node", node: "b" }) })],
  [
    "row",
    (seen, size) =>
      stateOf(seen, { ...size, ...at({ kind: "row", view: "activity", node: "a", key: rowKey }) }),
  ],
  ["filter", (seen, size) => stateOf(seen, { ...size, ...at(activityOn(null), { filter: attack }) })],
  ["notice", (seen, size) => stateOf(seen, { ...size, notice: attack })],
  ["title", (seen, size) => stateOf(seen, { ...size, title: attack })],
  [
    "palette",
    (seen, size) =>
      stateOf(seen, { ...size, overlay: { kind: "palette", text: attack, ranked: attack, index: 0 } }),
  ],
  [
    "prompt",
    (seen, size) => stateOf(seen, { ...size, overlay: { kind: "filter", text: attack, before: "" } }),
  ],
];

describe.each(showing)("hostile text on the screen %s", (_, stateAt) => {
  test.each([...sizes])("cannot leave its cell at $columns x $rows", async (size) => {
    const lines = drawRaw(stateAt(fleetOf(attack), size));
    const text = lines.join("\n");
    expect(text.replace(/\u001b\[[0-9;]*m/g, "").replace(ourAnchors, "")).not.toMatch(
      /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b\u202e\ufeff]/,
    );
    expect(lines).toHaveLength(size.rows);
    // A theme that writes no codes of its own shows those of others: Ink lets colours and links through.
    const plain = drawRaw(stateAt(fleetOf(attack), size), unpainted).join("\n");
    expect(plain.replace(ourAnchors, "")).not.toContain("\u001b");

    // A terminal that draws it shows the rules and the frame where they are with harmless text.
    const cells = await drawText(text, size.columns, size.rows);
    const shown = cells.map((line) => line.map((cell) => cell.text || " ").join(""));
    for (const rule of [1, size.rows - 2]) expect(isRule(shown[rule]?.trimEnd())).toBe(true);
  });
});

test("wide characters keep the columns after them in place", async () => {
  const seen = (name: string) =>
    observed(
      [node("a")],
      undefined,
      activityOf({ a: [backend(1, { datname: "漢字漢字漢字" }), backend(2, { datname: name })] }),
    );
  const size = { columns: 120, rows: 15 };
  const drawn = drawRaw(stateOf(seen("shop"), { ...size, ...at(activityOn("a")) }));
  const cells = await drawText(drawn.join("\n"), size.columns, size.rows);
  const column = (row: number, text: string) =>
    (cells[row] ?? [])
      .map((cell) => cell.text || " ")
      .join("")
      .indexOf(text);
  const start = (row: number) =>
    (cells[row] ?? []).findIndex(
      (_, x) =>
        (cells[row] ?? [])
          .slice(x, x + 6)
          .map((cell) => cell.text)
          .join("") === "active",
    );
  expect(start(3)).toBeGreaterThan(0);
  expect(start(3)).toBe(start(4));
  expect(column(3, "漢")).toBeGreaterThan(0);
});
