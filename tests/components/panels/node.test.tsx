import { describe, expect, test } from "bun:test";
import { nodeError } from "../../../src/postgres/node-error.ts";
import type { Observed } from "../../../src/store/store.ts";
import { failedSample } from "../../../src/views/compared.ts";
import { busyNode } from "../../support/screens/busy-node.ts";
import {
  activityOf,
  alert,
  backend,
  node,
  nowMs,
  observed,
  stateOf,
} from "../../support/screens/fixtures.ts";
import { activityOn, at, draw, drawRaw, type Size } from "../../support/screens/screens.tsx";

const small = { columns: 80, rows: 24 };
const wide = { columns: 160, rows: 60 };

const onPage = (seen: Observed, size: Size) =>
  stateOf(seen, { ...size, ...at({ kind: "node", node: "shop-1" }) });
const page = (seen: Observed, size: Size) => draw(onPage(seen, size));
const raw = (seen: Observed, size: Size) => drawRaw(onPage(seen, size));

/** The lines from a panel's title to the next rule. */
function panelOf(lines: readonly string[], title: string): string[] {
  const from = lines.findIndex((line) => line.includes(`── ${title}`));
  if (from < 0) return [];
  const length = lines.slice(from + 1).findIndex((line) => line.startsWith("──"));
  return lines.slice(from, from + 1 + length);
}

describe("a node's page", () => {
  test("shows its alerts, the worst first, since when and in the colour of their severity", () => {
    const [title, ...lines] = panelOf(page(busyNode, wide), "Alerts");
    expect(title).toMatch(/^── Alerts {2}3 {2}! opens ─+$/);
    expect(lines.map((line) => line.slice(0, 17).trim())).toEqual([
      "critical   11:00",
      "critical    4:00",
      "warning     1:00",
    ]);
    const painted = raw(busyNode, wide).join("\n");
    expect(painted).toMatch(/\u001b\[1;31mcritical\u001b\[0m +11:00/);
    expect(painted).toMatch(/\u001b\[33mwarning\u001b\[0m +1:00/);
  });

  test("shows its sessions as the table of its activity does, and the key to all of them", () => {
    const [title, ...lines] = panelOf(page(busyNode, wide), "Activity");
    expect(title).toMatch(/^── Activity {2}\d+ of 60 {2}a shows all ─+$/);
    const table = draw(stateOf(busyNode, { ...wide, ...at(activityOn("shop-1")) }));
    const inTable = table.slice(2, 2 + lines.length).map((line) => line.replace("❯", " "));
    expect(lines.length).toBeGreaterThan(10);
    expect(lines).toEqual(inTable);
  });

  test("shows what happened there, the newest first, and nothing that happened elsewhere", () => {
    const [title, newest] = panelOf(page(busyNode, wide), "Events");
    expect(title).toMatch(/^── Events {2}11 {2}E opens ─+$/);
    expect(page(busyNode, { columns: 120, rows: 40 }).join("\n")).toMatch(
      /── Events {2}3 of 11 {2}\S+ shows all ─/,
    );
    expect(newest).toContain("2026-03-14 13:50:00Z alert warning connections 90% > 80%");
  });

  test("has at 80x24 every fact, then the alerts, then as many sessions as fit", () => {
    const lines = page(busyNode, small);
    const at = (text: string) => lines.findIndex((line) => line.includes(text));
    const order = [
      "WAL position",
      "── Alerts  3  ! opens ─",
      "── Activity  2 of 60  a shows all ─",
      "8018 app  web-1 active",
    ];
    expect(order.map(at)).toEqual(order.map(at).toSorted((a, b) => a - b));
    expect(at(order[0] ?? "")).toBeGreaterThan(0);
  });

  test("keeps its worst alerts on screen where there is no room for all facts", () => {
    expect(page(busyNode, { columns: 60, rows: 15 }).join("\n")).toMatch(
      /critical +4:00 sessions blocked: 3/,
    );
    const many = Array.from({ length: 40 }, (_, at) =>
      alert("slot_inactive", "warning", `slot s${at} inactive`, { subject: { kind: "slot", id: `s${at}` } }),
    );
    const seen = observed([node("shop-1", { alerts: many })]);
    expect(page(seen, small).join("\n")).toMatch(/── Alerts {2}\d+ of 40 {2}\S+ shows all ─/);
    expect(page(seen, small).join("\n")).toContain("WAL position");
  });

  test("says that nothing runs, and has no panel for what there is not", () => {
    const idle = observed([node("shop-1")], undefined, activityOf({ "shop-1": [] }));
    const lines = page(idle, small).join("\n");
    expect(lines).toContain("── Activity  nothing runs; i shows idle sessions too ─");
    expect(lines).not.toMatch(/── (Alerts|Events)/);
  });

  test("tells unknown from nothing: a node that has not answered yet, and one that refused", () => {
    const asked = observed([node("shop-1")]);
    expect(page(asked, small).join("\n")).toContain("── Activity  no answer yet ─");
    const error = nodeError("privilege", "permission denied for view pg_stat_activity");
    const samples = { activity: { "shop-1": failedSample(error, undefined) } };
    const refused = page(observed([node("shop-1")], undefined, samples), small).join("\n");
    expect(refused).toContain("── Activity  permission denied for view pg_stat_activity ─");
  });

  test("dims sessions that are old", () => {
    const old = nowMs - 60_000;
    const seen = observed([node("shop-1")], undefined, activityOf({ "shop-1": [backend(77)] }, old));
    expect(raw(seen, wide).join("\n")).toMatch(/\u001b\[90m *77 +shop/);
  });
});
