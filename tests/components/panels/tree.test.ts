import { expect, test } from "bun:test";
import { panelLines } from "../../../src/components/screens/panel.ts";
import { tableOf } from "../../../src/store/table.ts";
import { safe } from "../../../src/text/safe-text.ts";
import { integer, text } from "../../../src/views/columns.ts";
import { defineConclusion } from "../../../src/views/view.ts";
import { node, observed } from "../../support/screens/fixtures.ts";
import { colourless } from "../../support/screens/screens.tsx";

/** Two roots, with four below the first and one below that. */
const chain = defineConclusion({
  name: "chain",
  title: "Chain",
  section: "backends",
  source: "test",
  needs: [],
  rowKey: ["name"],
  sortBy: "rank",
  columns: {
    name: text("NAME", { priority: 0 }),
    rank: integer("RANK"),
    above: text("ABOVE", { hidden: true }),
  },
  parent: ({ above }) => (typeof above === "string" ? above : null),
  rows: () =>
    ["a", "a.1", "a.2", "a.3", "a.3.1", "b"].map((name, rank) => ({
      node: "n",
      name,
      rank,
      above: name.includes(".") ? name.slice(0, -2) : null,
    })),
});

const look = { filter: "", sortBy: null, folded: new Set<string>() };
const table = tableOf(chain, observed([node("n")]), ["n"], look);

/** The names in a panel with room for so many lines below its headings. */
const names = (room: number) =>
  panelLines(
    { title: safe`Chain`, table, least: 3, named: false, empty: null, oldAfterMs: () => 1000 },
    { height: room + 2, width: 80, theme: colourless },
  )
    .slice(2)
    .map((line) => /[ab][.\d]*/.exec(line)?.[0]);

test("a tree that fits is whole; one that does not shows as many levels as fit, every root among them, and fills the rest", () => {
  expect(names(6)).toEqual(["a", "a.1", "a.2", "a.3", "a.3.1", "b"]);
  expect(names(5)).toEqual(["a", "a.1", "a.2", "a.3", "b"]);
  expect(names(4)).toEqual(["a", "a.1", "a.2", "b"]);
  expect(names(1)).toEqual(["a"]);
});
