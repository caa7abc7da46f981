import { expect, test } from "bun:test";
import { views } from "../../src/views/all.ts";
import { printCell } from "../../src/views/cells.ts";
import { decode } from "../../src/views/decode.ts";
import { crude, smooth } from "../support/servers/lying-server.ts";

const control = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/;

test.each(Object.entries({ ...crude, ...smooth }))(
  "what a server says %s can be printed in every column, or is refused",
  (_, lie) => {
    const value = lie(Buffer.from("18.4"), 1)?.toString() ?? null;
    for (const view of views)
      for (const [name, column] of Object.entries(view.columns)) {
        let row: Record<string, unknown> = {};
        try {
          const one = { ...view, columns: { [name]: column } };
          row = decode(one, { fields: [name], rows: [[value]] }, 180000)[0] ?? {};
        } catch (cause) {
          const why = value === null ? `the answer lacks ${name}` : `the value of ${name} is not of its kind`;
          expect(cause).toEqual(new RangeError(why));
          continue;
        }
        expect<string>(printCell(column, row[name])).not.toMatch(control);
        if (row[name] !== null) column.severity?.(row[name], row);
      }
  },
);

test("a moment beyond the years that a clock shows is a number", () => {
  const epoch = views.flatMap((view) => Object.values(view.columns)).find(({ kind }) => kind === "epoch");
  if (!epoch) throw new Error("no view has a moment");
  expect<string>(printCell(epoch, 1_700_000_000)).toBe("2023-11-14 22:13:20Z");
  expect<string>(printCell(epoch, Number.POSITIVE_INFINITY)).toBe("Infinity");
  expect<string>(printCell(epoch, 1e20)).toBe("100000000000000000000");
});
