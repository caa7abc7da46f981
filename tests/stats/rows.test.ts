import { describe, expect, test } from "bun:test";
import { sortRows } from "../../src/stats/rows.ts";

type Row = Readonly<Record<string, unknown>>;

describe("sortRows", () => {
  const names = (rows: readonly Row[]) => rows.map((row) => row["name"]);

  test("numbers, big numbers and text in natural order, both ways", () => {
    const rows = [
      { name: "node10", retained: 2n ** 60n },
      { name: "node2", retained: 2n ** 60n + 1n },
      { name: "Node1", retained: 5 },
    ];
    expect(names(sortRows(rows, "name"))).toEqual(["Node1", "node2", "node10"]);
    expect(names(sortRows(rows, "-name"))).toEqual(["node10", "node2", "Node1"]);
    expect(names(sortRows(rows, "-retained"))).toEqual(["node2", "node10", "Node1"]);
  });

  test("rows without a value are last both ways, and equal rows keep their order", () => {
    const rows = [
      { name: "a", lag: null },
      { name: "b", lag: 1 },
      { name: "c", lag: Number.NaN },
      { name: "d", lag: 2 },
      { name: "e", lag: 1 },
      { name: "f" },
    ];
    expect(names(sortRows(rows, "lag"))).toEqual(["b", "e", "d", "a", "c", "f"]);
    expect(names(sortRows(rows, "-lag"))).toEqual(["d", "b", "e", "a", "c", "f"]);
    expect(names(rows)).toEqual(["a", "b", "c", "d", "e", "f"]);
  });

  test("yes and no, lists of pids", () => {
    const rows = [
      { name: "a", active: true, blockedBy: [] },
      { name: "b", active: false, blockedBy: [8017] },
      { name: "c", active: true, blockedBy: [912] },
    ];
    expect(names(sortRows(rows, "active"))).toEqual(["b", "a", "c"]);
    expect(names(sortRows(rows, "blockedBy"))).toEqual(["c", "b", "a"]);
  });
});
