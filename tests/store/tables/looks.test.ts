import { describe, expect, test } from "bun:test";
import {
  choosable,
  isShown,
  moved,
  orderOf,
  sparked,
  toggled,
  type ViewLook,
  widened,
  withLook,
} from "../../../src/store/tables/looks.ts";
import { bytes, integer, query, text } from "../../../src/views/columns.ts";
import { defineView, drawnColumns } from "../../../src/views/view.ts";

const view = defineView({
  name: "some",
  title: "Some",
  section: "server",
  source: "pg_some",
  scope: "server",
  runsOn: "any",
  rowKey: ["pid"],
  sortBy: "-size",
  columns: {
    pid: integer("PID", { priority: 0, about: "process id" }),
    name: text("NAME", { maxWidth: 20, about: "its name" }),
    size: bytes("SIZE", { about: "bytes" }),
    oid: integer("OID", { hidden: true, about: "its OID" }),
    started: text("STARTED", { internal: true, hidden: true }),
    query: query("STATEMENT", { about: "what it runs" }),
  },
  sql: { 100000: "select 1" },
});

const drawn = (look: ViewLook) => drawnColumns(withLook(view, look), []).map(([name]) => name);

describe("the columns of a view", () => {
  test("are shown, hidden, and shown again, and then nothing is said of them", () => {
    const shown = toggled(view, {}, "oid");
    expect(drawn(shown)).toEqual(["pid", "name", "size", "oid", "query"]);
    // Who asked for a column sees it at 80 cells too.
    expect(withLook(view, shown).columns["oid"]?.priority).toBe(1);
    const hidden = toggled(view, shown, "name");
    expect(drawn(hidden)).toEqual(["pid", "size", "oid", "query"]);
    expect(toggled(view, toggled(view, hidden, "name"), "oid")).toEqual({});
  });

  test("move past what is offered, and back to their own order", () => {
    const look = moved(view, {}, "oid", 1);
    expect(choosable(view, look).map(([name]) => name)).toEqual(["pid", "name", "size", "query", "oid"]);
    expect(moved(view, look, "oid", -1)).toEqual({});
    expect(moved(view, {}, "pid", -1)).toEqual({});
    expect(moved(view, {}, "query", 1)).toEqual({});
  });

  test("get wider and narrower between limits, and back", () => {
    const lines = ["short", "eleven cells"].map((name) => ({ row: { name } }));
    const by = (look: ViewLook, name: string, cells: number) => widened(view, look, name, cells, lines);
    // From what stands there, not from what might.
    const wide = by({}, "name", 4);
    expect(wide).toEqual({ widths: { name: 16 } });
    expect(withLook(view, wide).columns["name"]).toMatchObject({ width: 16, priority: 1 });
    expect(by(wide, "name", -4)).toEqual({});
    const narrow = Array.from({ length: 20 }).reduce<ViewLook>((look) => by(look, "name", -4), {});
    expect(narrow).toEqual({ widths: { name: 4 } });
    expect(withLook(view, by({}, "query", 4)).columns["query"]?.growsFrom).toBe(44);
  });

  test("that are numbers get their course, and lose it", () => {
    const look = sparked(view, {}, "size") ?? {};
    expect(withLook(view, look).columns["size"]?.spark).toBe(true);
    expect(sparked(view, look, "size")).toEqual({});
    expect(sparked(view, {}, "name")).toBeNull();
    expect(sparked(view, {}, "pid")).toBeNull();
  });

  test("that the view does not have any more are passed over, and new ones stand where the view has them", () => {
    const old: ViewLook = {
      order: ["size", "gone", "pid", "size"],
      shown: { gone: true, started: true },
      widths: { gone: 3, size: Number.NaN },
      sortBy: "-gone",
    };
    expect(orderOf(view, old)).toEqual(["size", "oid", "started", "query", "pid", "name"]);
    const seen = withLook(view, old);
    expect(seen.sortBy).toBe("-size");
    expect(seen.columns["size"]).toEqual(view.columns.size);
    expect(isShown(seen.columns["started"] ?? view.columns.pid)).toBe(false);
    expect(withLook(view, { ...old, sortBy: "name" }).sortBy).toBe("name");
  });
});
