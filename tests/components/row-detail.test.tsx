import { expect, test } from "bun:test";
import { activity } from "../../src/views/backends/activity.ts";
import { idText, rowId } from "../../src/views/row-id.ts";
import {
  activityOf,
  backend,
  node,
  nowMs,
  observed,
  okSample,
  stateOf,
} from "../support/screens/fixtures.ts";
import { at, draw } from "../support/screens/screens.tsx";

const database = { datid: 16384, datname: "shop", temp_bytes: 70n, xact_commit: 30n, hit_ratio: 99.5 };
/** The same one second ago. */
const earlier = { databases: { a: okSample([{ ...database, xact_commit: 27n }], nowMs - 1000) } };

const screenOf = (rows: readonly Record<string, unknown>[]) =>
  draw(
    stateOf(
      { ...observed([node("a")], undefined, { databases: { a: okSample(rows) } }), earlier },
      {
        ...{ columns: 100, rows: 30 },
        ...at({
          kind: "row",
          view: "databases",
          node: "a",
          key: idText({ node: "a", view: "databases", key: "16384" }),
        }),
      },
    ),
  );

test("the row of a database is called by its name while it is there", () => {
  expect(screenOf([database])[0]).toContain("a ▸ databases ▸ shop");
  expect(screenOf([])[0]).toContain("a ▸ databases ▸ 16384");
});

test("labels are the columns' headings in small letters, but for units", () => {
  const seen = screenOf([database]).join("\n");
  for (const label of ["temp B/s  0", "commit/s  3", "hit%  99.5"]) expect(seen).toContain(label);
});

test("a prepared transaction is called by its name, also once it is gone", () => {
  const prepared = backend(0, { pid: null, gid: "order-77", backend_start_text: "2026-03-14 10:00:00" });
  const headOf = (rows: readonly (typeof prepared)[]) =>
    draw(
      stateOf(observed([node("a")], undefined, activityOf({ a: rows })), {
        ...{ columns: 100, rows: 30 },
        ...at({ kind: "row", view: "activity", node: "a", key: idText(rowId("a", activity, prepared)) }),
      }),
    )[0];
  expect(headOf([prepared])).toContain("activity ▸ order-77");
  expect(headOf([])).toContain("activity ▸ order-77");
});
