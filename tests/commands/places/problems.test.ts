import { describe, expect, test } from "bun:test";
import { sitDown } from "../../support/screens/desk.ts";
import { cluster, node, observed, okSample, refused, unreached } from "../../support/screens/fixtures.ts";
import { badDay, twentyNodes } from "../../support/screens/fleet-fixtures.ts";
import { alterQueue, preparedRoot } from "../../support/screens/lock-fixtures.ts";
import { draw } from "../../support/screens/screens.tsx";

const down = (name: string) => unreached(name, "reconnecting", refused);

describe("e", () => {
  test("goes to the next node of the fleet that is not well, and round", () => {
    const desk = sitDown(badDay);
    const seen = Array.from({ length: 8 }, () => {
      desk.press("e");
      return desk.line?.split("\u0000").at(-1);
    });
    const problems = ["orders-1", "orders-3", "billing-1", "billing-2", "vault", "hr"];
    expect(seen).toEqual([...problems, "orders-1", "orders-3"]);
  });

  test("stops at a heading only while its nodes are folded away", () => {
    const nodes = [node("a"), down("b"), node("c")];
    const clusters = [
      cluster("one", [{ name: "a", depth: 0 }]),
      cluster("two", [
        { name: "b", depth: 0 },
        { name: "c", depth: 0 },
      ]),
    ];
    const desk = sitDown(observed(nodes, clusters));
    desk.press("e");
    expect(desk.line?.split("\u0000").at(-1)).toBe("b");
    desk.press("k", "enter", "g", "e");
    expect(desk.line?.split("\u0000").at(-1)).toBe("two");
  });

  test("goes from a node's page to that of the next node with a problem", () => {
    const desk = sitDown(badDay);
    desk.press("j", "enter", "e");
    expect(desk.place).toEqual({ kind: "node", node: "orders-3" });
  });

  test("goes in the locks from one root blocker to the next, past those that wait", () => {
    const samples = { lock_waits: { a: okSample(alterQueue(3)), b: okSample(preparedRoot()) } };
    const desk = sitDown(observed([node("a"), node("b")], undefined, samples));
    desk.open({ kind: "view", view: "locks", scope: { kind: "all" } });
    const seen = Array.from({ length: 3 }, () => {
      desk.press("e");
      return draw(desk.state()).find((line) => line.startsWith("❯")) ?? "";
    });
    expect(seen.map((line) => /prepared order-77|\b[1-4]\d\d\b/.exec(line)?.[0])).toEqual([
      "prepared order-77",
      "100",
      "prepared order-77",
    ]);
  });

  test("is off where all is well", () => {
    const desk = sitDown(observed([node("a"), node("b")]));
    const before = desk.line;
    desk.press("e");
    expect(desk.line).toBe(before);
    expect(draw(desk.state()).at(-1)).not.toContain("problem");
  });
});

describe("a fleet that does not fit on the screen", () => {
  const nodes = Array.from({ length: 30 }, (_, at) =>
    at === 27 ? down("n28") : node(`n${String(at + 1).padStart(2, "0")}`),
  );
  const shownAt = (rows: number) => draw(sitDown(observed(nodes), { columns: 80, rows }).state()).join("\n");

  test("has the problems before the nodes that are well at 80x24, and its own order where all fit", () => {
    expect(shownAt(24)).toContain("n28");
    const lines = shownAt(50).split("\n");
    const at = (name: string) => lines.findIndex((line) => line.includes(name));
    expect(at("n27")).toBeLessThan(at("n28"));
    expect(at("n28")).toBeLessThan(at("n29"));
  });

  test("keeps the order of the nodes that are equally well, and the numbers of all", () => {
    const desk = sitDown(twentyNodes, { columns: 80, rows: 15 });
    desk.press("3");
    expect(desk.place).toEqual({ kind: "node", node: "node-03" });
  });
});
