import { describe, expect, test } from "bun:test";
import { drawText } from "../../scripts/picture.ts";
import type { Theme } from "../../src/components/drawing/theme.ts";
import type { State } from "../../src/store/store.ts";
import { views } from "../../src/views/all.ts";
import { activity } from "../../src/views/backends/activity.ts";
import { locks } from "../../src/views/backends/locks.ts";
import { idText, rowId } from "../../src/views/row-id.ts";
import type { Sample } from "../../src/views/sample.ts";
import { tables } from "../../src/views/storage/tables.ts";
import { neededBy, type View } from "../../src/views/view.ts";
import { listed } from "../support/screens/connection-fixtures.ts";
import { node, nowMs, observed, okSample, stateOf } from "../support/screens/fixtures.ts";
import { badDay } from "../support/screens/fleet-fixtures.ts";
import { poisoned, poisonedError, poisonedRow, renamed } from "../support/screens/poisoned.ts";
import { isRule } from "../support/screens/rule.ts";
import { at, dark, draw, drawRaw, ourAnchors, type Size, screens } from "../support/screens/screens.tsx";

/** A link, colours, a row of its own, another title, and a word in both directions that terminals measure differently. */
const attack = "\u001b[31m\u001b]8;;http://trap.example\u0007\r\nforged\u009b2J\u001b]0;t\u001b\\\u202eकि";

const unpainted: Theme = { ...dark, paint: (_, text) => text, tag: (_, text) => text };
/** At these widths a terminal draws it. */
const modelled: ReadonlySet<number> = new Set([60, 120]);
const sizes = [60, 80, 120, 160, 200].map((columns) => ({ columns, rows: 24 }));
/** A view differs from the next one by its columns: few have room, most, all. */
const sizesOfViews = sizes.filter(({ columns }) => columns !== 80 && columns !== 160);

type Screen = [name: string, state: (size: Size) => State];

const place = (view: View) => ({ kind: "view", view: view.name, scope: { kind: "all" } }) as const;

/** A view where each view that it is made of has this sample of node a. */
function seen(view: View, sampleOf: (source: View) => Sample): ReturnType<typeof observed> {
  const samples = neededBy(view).map((source) => [source.name, { a: sampleOf(source) }] as const);
  return observed([node("a"), node("b")], undefined, Object.fromEntries(samples));
}

/** Each view as a table, and as a row where it has rows of its own. */
const ofViews = views.flatMap((view): Screen[] => {
  const rows = seen(view, (source) => okSample([poisonedRow(source, attack)]));
  const table: Screen = [`${view.name} with rows`, (size) => stateOf(rows, { ...size, ...at(place(view)) })];
  if (view.kind === "concluded") return [table];
  const key = idText(rowId("a", view, poisonedRow(view, attack)));
  const detail = { kind: "row", view: view.name, node: "a", key } as const;
  return [table, [`a row of ${view.name}`, (size) => stateOf(rows, { ...size, ...at(detail) })]];
});

/** What stands in the place of rows is the same text in every view of these kinds. */
const withoutRows = [activity, tables, locks].flatMap((view) => {
  const old = (source: View) => okSample([poisonedRow(source, attack)], nowMs - 60_000);
  const error = poisonedError(attack);
  const samples: readonly [string, (source: View) => Sample][] = [
    ["old rows and an error", (source) => ({ state: "failed", error, last: old(source) })],
    ["an error alone", () => ({ state: "failed", error, last: null })],
    ["a reason", () => ({ state: "notApplicable", why: attack })],
  ];
  return samples.map(([name, sampleOf]): Screen => {
    const fleet = seen(view, sampleOf);
    return [`${view.name} with ${name}`, (size) => stateOf(fleet, { ...size, ...at(place(view)) })];
  });
});

const ofScreens = [
  ...Object.entries(screens).map(
    ([name, stateAt]): Screen => [
      name,
      (size) =>
        poisoned({ ...stateAt(size), configProblem: "wrong", discoveryProblem: "down", title: "t" }, attack),
    ],
  ),
  ...withoutRows,
];
const everywhere = [
  ...ofScreens.flatMap(([name, stateAt]) => sizes.map((size) => ({ name, stateAt, size }))),
  ...ofViews.flatMap(([name, stateAt]) => sizesOfViews.map((size) => ({ name, stateAt, size }))),
];

let shownSomewhere = 0;

describe("hostile text in every field", () => {
  test.each(everywhere)(
    "on the screen $name reaches no terminal at $size.columns columns",
    async ({ stateAt, size }) => {
      const state = stateAt(size);
      const lines = drawRaw(state, unpainted);
      const plain = lines.join("\n").replace(ourAnchors, "");
      expect(plain).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
      if (plain.includes("\\x1b[31m")) shownSomewhere += 1;

      expect(lines).toHaveLength(size.rows);
      if (!modelled.has(size.columns)) return;
      const cells = await drawText(lines.join("\n"), size.columns, size.rows);
      const shown = cells.map((line) => line.map((cell) => cell.text || " ").join(""));
      for (const rule of [1, size.rows - 2]) expect(isRule(shown[rule])).toBe(true);
      expect(shown.filter((line) => line.startsWith("forged"))).toEqual([]);
    },
  );
});

test("the attack is seen on most of them", () => {
  expect(shownSomewhere).toBeGreaterThan(0.7 * everywhere.length);
});

/** A space separator and a braille pattern without dots: names that begin with them look like their neighbours. */
const blanks = /[\u2800\u2003]/;

describe.each([
  ...Object.entries(screens),
  ["picker", (size: Size) => choosing(size, "picker")] as const,
  ["palette", (size: Size) => choosing(size, "palette")] as const,
  ["group picker", (size: Size) => choosing(size, "group")] as const,
])("names that draw nothing on the screen %s", (_, stateAt) => {
  test.each(["\u2800", "\u2003"])("are seen, such as one that begins with %j", (mark) => {
    const drawn = draw(renamed(stateAt({ columns: 160, rows: 40 }), mark)).join("\n");
    // A field that is being typed into shows what is typed.
    const isTyped = (line: string) => line.startsWith("❯  ");
    expect(drawn.split("\n").filter((line) => blanks.test(line) && !isTyped(line))).toEqual([]);
  });
});

function choosing(size: Size, kind: "picker" | "palette" | "group"): State {
  const prompt = { text: "", ranked: "", index: 0 };
  const overlay = kind === "group" ? { kind, ...prompt, node: "orders-1" } : { kind, ...prompt };
  return stateOf(badDay, { ...size, connections: listed, overlay });
}
