import { describe, expect, test } from "bun:test";
import { lackOfRights } from "../../../src/postgres/rights.ts";
import type { NodeEntry } from "../../../src/store/nodes.ts";
import { currentTable } from "../../../src/store/table.ts";
import type { Samples } from "../../../src/views/sample.ts";
import { sitDown } from "../../support/screens/desk.ts";
import {
  facts,
  node,
  observed,
  okSample,
  refused,
  stateOf,
  unreached,
} from "../../support/screens/fixtures.ts";
import { at, draw } from "../../support/screens/screens.tsx";

const size = { columns: 120, rows: 30 };
const placeOf = (view: string) => ({ kind: "view", view, scope: { kind: "all" } }) as const;
const onView = (view: string, nodes: readonly NodeEntry[], samples: Samples) =>
  stateOf(observed(nodes, undefined, samples), {
    ...size,
    ...at(placeOf(view)),
  });
const restarts = (names: readonly string[]): Samples => ({
  restart: Object.fromEntries(names.map((name) => [name, okSample([{ name: "shared_buffers" }])])),
});
const blind = { facts: facts({ readsAllSettings: false }) };

describe("what is said below a table", () => {
  test("is said once of all nodes that it is true of", () => {
    const nodes = ["a", "b", "c", "d", "e"].map((name) => node(name, blind));
    const screen = draw(onView("restart", nodes, restarts(["a", "b", "c", "d", "e"]))).join("\n");
    expect(screen).toContain(
      "a, b, c and 2 more: settings that only superusers may read are left out: GRANT",
    );
    expect(screen.match(/left out/g)).toHaveLength(1);
    expect(screen).not.toContain("without fresh rows");
  });

  test("counts as lacking rows only what lacks some, and that comes first", () => {
    const down = ["e", "f", "g", "h"].map((name, index) =>
      unreached(name, "reconnecting", { ...refused, message: `refused ${index}` }),
    );
    const nodes = [node("a", blind), ...down];
    const lines = draw(onView("restart", nodes, restarts(["a"])));
    const from = lines.findIndex((line) => line.includes("refused"));
    expect(lines.slice(from, from + 4).join("\n")).toMatch(
      /refused.*\n.*refused.*\n.*refused.*\n.*and 1 more node without fresh rows and 1 more note/,
    );
  });

  test("of totals is said where there are some", () => {
    const desk = sitDown(observed([node("a")], undefined, restarts(["a"])));
    desk.open(placeOf("statements"));
    desk.press("t");
    expect(currentTable(desk.state())?.comparison).toBe("total");
    desk.open(placeOf("restart"));
    expect(currentTable(desk.state())?.comparison).toBe("rate");
  });
});

test("a drift of nothing says so beside what is unknown of it", () => {
  const nodes = [node("a", blind), node("b", blind)];
  const one = okSample([]);
  const both = { a: one, b: one };
  const state = onView("drift", nodes, { settings: both, extensions: both, roles: both, databases: both });
  expect(draw(state).join("\n")).toContain("nothing that is known differs between the nodes");
});

test("y copies the GRANTs that are missing, each once", () => {
  const error = lackOfRights(
    {
      rows: [
        ["EXECUTE ON FUNCTION pg_catalog.pg_hba_file_rules()"],
        ["SELECT ON pg_catalog.pg_hba_file_rules"],
      ],
    },
    { user: 'we "ird' },
  );
  if (!error) throw new Error("no error");
  const failed = { state: "failed", error, last: null } as const;
  const desk = sitDown(observed([node("a"), node("b")], undefined, { hba: { a: failed, b: failed } }));
  desk.open(placeOf("hba"));
  desk.press("y");
  expect(desk.asked.at(-1)).toBe(
    'copy 2 GRANTs: GRANT EXECUTE ON FUNCTION pg_catalog.pg_hba_file_rules() TO "we ""ird";\nGRANT SELECT ON pg_catalog.pg_hba_file_rules TO "we ""ird";',
  );
});
