import { describe, expect, test } from "bun:test";
import type { Observed } from "../../src/store/store.ts";
import { parseRowId } from "../../src/views/row-id.ts";
import { sitDown } from "../support/screens/desk.ts";
import { activityOf, backend, node, observed } from "../support/screens/fixtures.ts";
import { badDay, twentyNodes } from "../support/screens/fleet-fixtures.ts";
import { clusterKey, draw, nodeKey } from "../support/screens/screens.tsx";

/** Backends of one node in this order: the oldest transaction is on top. */
function busy(...pids: number[]): Observed {
  const rows = pids.map((pid, at) => backend(pid, { xact_seconds: 1000 - at }));
  return observed([node("a")], undefined, activityOf({ a: rows }));
}

const pidUnderCursor = (desk: ReturnType<typeof sitDown>) =>
  parseRowId(desk.line ?? "")?.key.split("\u0000")[0];

describe("moving", () => {
  test("goes down and up by lines and stops at the ends", () => {
    const desk = sitDown(twentyNodes);
    desk.press("j", "down");
    expect(desk.line).toBe(nodeKey("node-03"));
    desk.press("k", "up", "up", "up");
    expect(desk.line).toBe(nodeKey("node-01"));
    desk.press("G");
    expect(desk.line).toBe(nodeKey("node-20"));
    desk.press("down");
    expect(desk.line).toBe(nodeKey("node-20"));
    desk.press("home");
    expect(desk.line).toBe(nodeKey("node-01"));
  });

  test("goes by pages of what is on screen", () => {
    const desk = sitDown(twentyNodes, { columns: 80, rows: 15 });
    desk.press("pagedown");
    expect(desk.line).toBe(nodeKey("node-11"));
    desk.press("pageup");
    expect(desk.line).toBe(nodeKey("node-01"));
  });

  test("goes over clusters and their nodes", () => {
    const desk = sitDown(badDay);
    expect(desk.line).toBe(clusterKey("orders"));
    desk.press("j", "j", "j", "j");
    expect(desk.line).toBe(clusterKey("billing"));
  });

  test("scrolls sideways no further left than the first column", () => {
    const desk = sitDown(busy(1));
    desk.press("a", "l", "right");
    expect(desk.spot.left).toBe(2);
    desk.press("h", "left", "left");
    expect(desk.spot.left).toBe(0);
  });

  test("scrolls sideways until the last column is beside those that stay, and no key is lost on the way back", () => {
    const desk = sitDown(busy(1));
    const heading = () => draw(desk.state())[2];
    desk.press("a", ...Array.from({ length: 30 }, () => "l"));
    expect(heading()).toBe("‹PID STATEMENT");
    desk.press("h");
    expect(heading()).toBe("‹PID BLOCKED BY STATEMENT");
  });
});

test.each([60, 80, 100, 120, 160])(
  "at %d columns every press moves the columns until the last, its text until the end, and back",
  (columns) => {
    const desk = sitDown(badDay, { columns, rows: 24 });
    const table = () => draw(desk.state()).slice(2, 8).join("\n");
    desk.press("a", "0");
    const seen = [table()];
    for (let left = 1; ; left += 1) {
      desk.press("l");
      if (desk.spot.left < left) break;
      expect(table()).not.toBe(seen.at(-1));
      seen.push(table());
    }
    expect(seen.length).toBeGreaterThan(5);
    expect(seen.at(-1)).toMatch(/PID +STATEMENT\n/);
    for (const before of seen.toReversed().slice(1)) {
      desk.press("h");
      expect(table()).toBe(before);
    }
  },
);

describe("the cursor", () => {
  test("stays on its row when rows move", () => {
    const desk = sitDown(busy(1, 2, 3, 4));
    desk.press("a", "j");
    expect(pidUnderCursor(desk)).toBe("2");
    desk.observe(busy(4, 3, 2, 1));
    expect(pidUnderCursor(desk)).toBe("2");
    desk.press("j");
    expect(pidUnderCursor(desk)).toBe("1");
  });

  test("stays where its row was when that is gone", () => {
    const desk = sitDown(busy(1, 2, 3, 4));
    desk.press("a", "j", "j");
    desk.observe(busy(1, 2, 4));
    expect(pidUnderCursor(desk)).toBe("4");
    desk.observe(busy());
    expect(desk.line).toBeUndefined();
    desk.press("j", "k", "G");
    desk.observe(busy(7));
    expect(pidUnderCursor(desk)).toBe("7");
  });

  test("takes a process id that is used again for another backend", () => {
    const desk = sitDown(busy(1, 2));
    desk.press("a", "j");
    const again = activityOf({
      a: [backend(2, { backend_start_text: "another", xact_seconds: 9000 }), backend(1)],
    });
    desk.observe(observed([node("a")], undefined, again));
    expect(pidUnderCursor(desk)).toBe("1");
  });
});

describe("opening and going back", () => {
  test("goes from fleet to node to activity to row, and back to where one was", () => {
    const desk = sitDown(badDay);
    desk.press("j", "enter");
    expect(desk.place).toEqual({ kind: "node", node: "orders-1" });
    desk.press("enter");
    expect(desk.place).toEqual({
      kind: "view",
      view: "activity",
      scope: { kind: "node", node: "orders-1" },
    });
    desk.press("j", "enter");
    expect(desk.place).toMatchObject({ kind: "row", node: "orders-1" });
    const row = desk.place.kind === "row" ? desk.place.key : "";
    desk.press("escape");
    expect(desk.line).toBe(row);
    desk.press("escape", "escape");
    expect(desk.place).toEqual({ kind: "fleet" });
    expect(desk.line).toBe(nodeKey("orders-1"));
  });

  test("Esc on the first screen does nothing", () => {
    const desk = sitDown(badDay);
    desk.press("escape", "escape");
    expect(desk.place).toEqual({ kind: "fleet" });
  });

  test("a cluster folds and unfolds under the cursor", () => {
    const desk = sitDown(badDay);
    desk.press("enter", "j");
    expect(desk.line).toBe(clusterKey("billing"));
    desk.press("k", "enter", "j");
    expect(desk.line).toBe(nodeKey("orders-1"));
  });

  test("parallel workers are counted on their leader's line until f shows them", () => {
    const leader = backend(100);
    const worker = (pid: number) =>
      backend(pid, {
        leader_pid: 100,
        leader_start: leader.backend_start_text,
        backend_type: "parallel worker",
      });
    const rows = [leader, worker(101), worker(102), worker(103), backend(200)];
    const desk = sitDown(observed([node("a")], undefined, activityOf({ a: rows })));
    const pids = () =>
      draw(desk.state()).flatMap((line) => /^[❯ ] *(?:└ )?(\d+(?: \+.* workers)?) /.exec(line)?.[1] ?? []);
    desk.press("a");
    expect(pids()).toEqual(["100 +3 workers", "200"]);
    desk.press("f");
    expect(pids()).toEqual(["100", "101", "102", "103", "200"]);
    desk.press("f", "/");
    desk.type("103");
    desk.press("enter");
    expect(pids()).toEqual(["100", "103"]);
  });

  test("f folds what hangs below the line, or the line that it hangs below", () => {
    const desk = sitDown(badDay);
    desk.press("j", "j", "f");
    expect(desk.line).toBe(nodeKey("orders-2"));
    desk.press("j");
    expect(desk.line).toBe(clusterKey("billing"));
    desk.press("j", "f");
    expect(desk.line).toBe(clusterKey("billing"));
    desk.press("f", "j");
    expect(desk.line).toBe(nodeKey("billing-1"));
  });

  test("a fleet without nodes opens nothing", () => {
    const desk = sitDown(observed([]));
    desk.press("enter", "j", "G", "pagedown", ".", "[", "]", "1", "0", "d", "c", "a", "escape");
    expect(desk.place).toEqual({ kind: "fleet" });
    expect(desk.asked).toEqual([]);
  });
});
