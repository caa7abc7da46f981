import { describe, expect, test } from "bun:test";
import { type Cell, type DrawnColumn, layOutScrolled } from "../../../src/components/drawing/layout.ts";
import { safe } from "../../../src/text/safe-text.ts";
import { safeText } from "../../../src/text/text.ts";
import { viewNamed } from "../../../src/views/all.ts";
import { isKeyColumn } from "../../../src/views/row-id.ts";
import { stateOf } from "../../support/screens/fixtures.ts";
import { badDay } from "../../support/screens/fleet-fixtures.ts";
import { activityOn, ascii, at, draw } from "../../support/screens/screens.tsx";

const column = (header: string, more: Partial<DrawnColumn> = {}): DrawnColumn => ({
  header: safeText(header),
  priority: 5,
  align: "left",
  maxWidth: 10,
  ...more,
});
const columns = [
  column("FIRST"),
  column("KEY", { frozen: true, priority: 0 }),
  column("SECOND"),
  column("THIRD"),
  column("FOURTH"),
];
const rows: Cell[][] = [columns.map(() => ({ text: safe`0123456789` }))];
const look = (cells: number, skip = 0) => {
  const { layout, outOfSight } = layOutScrolled(columns, rows, cells, { skip, said: true });
  return { ats: layout.map(({ at }) => at), ...outOfSight };
};

describe("a table that is too wide", () => {
  test("counts what is out of sight on either side, with the key in sight wherever it stands", () => {
    expect(look(54)).toEqual({ ats: [0, 1, 2, 3, 4], left: 0, right: 0 });
    expect(look(40)).toEqual({ ats: [0, 1, 2], left: 0, right: 2 });
    expect(look(40, 1)).toEqual({ ats: [1, 2, 3], left: 1, right: 1 });
    expect(look(40, 3)).toEqual({ ats: [1, 4], left: 3, right: 0 });
    expect(look(40, 30)).toEqual(look(40, 3));
  });

  test("cuts the texts of the key where they leave too little to the others", () => {
    const key = (header: string) => column(header, { frozen: true, maxWidth: 32, priority: 0 });
    const wide = [key("NODE"), key("DATABASE"), key("TABLE"), ...columns.slice(2)];
    const rows = [wide.map(() => ({ text: safeText("x".repeat(32)) }))];
    const { layout } = layOutScrolled(wide, rows, 80, { skip: 1, said: true });
    expect(layout.map(({ at }) => at)).toEqual([0, 1, 2, 4, 5]);
    expect(layout.map(({ width }) => width)).toEqual([17, 17, 17, 10, 10]);
  });

  test("has room at the end of its headings to say so", () => {
    const { layout } = layOutScrolled(columns, rows, 43, { said: true });
    expect(layout.reduce((sum, { width }) => sum + width + 1, -1)).toBe(32);
    expect(layOutScrolled(columns, rows, 43).layout).toHaveLength(4);
  });
});

test("the headings say how many columns are out of sight, and on which side", () => {
  const heading = (left: number, theme?: typeof ascii) =>
    draw(stateOf(badDay, { columns: 80, rows: 24, ...at(activityOn("orders-1"), { left }) }), theme)[2] ?? "";
  expect(heading(0)).toMatch(/^ PID .*\+\d+ ›$/);
  expect(heading(2)).toMatch(/^‹PID .*\+\d+ ›$/);
  expect(heading(2, ascii)).toMatch(/^<PID .*\+\d+ >$/);
  expect(heading(30)).toMatch(/^‹PID [^›]*$/);
  expect([...heading(0)]).toHaveLength(80);
});

test.each([
  ["activity", ["pid"]],
  ["tables", ["database", "schemaname", "relname"]],
  ["foreign_keys", ["database", "schemaname", "relname", "conname"]],
  ["statements", ["datname", "usename"]],
  ["alerts", ["rule", "subject"]],
  ["wal", []],
])("of %s the columns stay that a row is known by: %p", (name, expected) => {
  const view = viewNamed(name);
  if (!view) throw new Error(`no view ${name}`);
  const drawn = Object.keys(view.columns).filter((key) => !view.columns[key]?.hidden);
  expect(drawn.filter((key) => isKeyColumn(view, key))).toEqual(expected);
});
