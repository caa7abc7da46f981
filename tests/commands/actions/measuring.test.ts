import { expect, test } from "bun:test";
import type { OperationOutcome } from "../../../src/store/actions/operation.ts";
import { overlayIf } from "../../../src/store/screen.ts";
import { sitDown } from "../../support/screens/desk.ts";
import { node, observed, okSample } from "../../support/screens/fixtures.ts";
import { draw } from "../../support/screens/screens.tsx";

const row = {
  ...{ database: "shop", relid: 7, schemaname: "public", kind: "table", relname: "orders", of_table: null },
  ...{
    relations: 1,
    bloat_bytes: 5_000_000_000n,
    bloat_share: 50,
    relpages_bytes: 10_000_000_000n,
    reltuples: 9n,
  },
  ...{
    fillfactor: 100,
    analyze_age: 5,
    n_mod_since_analyze: 0n,
    last_analyze: 1,
    unknown: null,
    is_least: false,
  },
  ...{ uncounted: false, needs: null, pgstattuple: "ext" },
};

/** At the bloat of a production node whose config allows nothing, with the question before a measurement. */
function asked(outcome: Promise<OperationOutcome>, more = {}) {
  const seen = observed([node("db-1", { actions: "none", production: true })], undefined, {
    bloat: { "db-1": okSample([{ ...row, ...more }]) },
  });
  const desk = sitDown(seen, { rows: 30, operates: outcome });
  desk.open({ kind: "view", view: "bloat", scope: { kind: "all" } });
  desk.press("O");
  return Object.assign(desk, {
    text: () => draw(desk.state()).join("\n"),
    stage: () => overlayIf(desk.state().screen, "operation")?.stage,
  });
}

test("a measurement says how much it reads, takes y on production too, and stays to be copied", async () => {
  const desk = asked(Promise.resolve({ kind: "done", value: "dead rows 12 %" }));
  desk.type("measure-bloat");
  desk.press("enter");
  expect(desk.text()).toContain("Measure the bloat of public.orders?");
  expect(desk.text()).toMatch(/reads +the whole table, without TOAST: up to 9\.3 GB/);
  expect(desk.text()).toContain("ext.pgstattuple('7'::regclass)");
  desk.press("y");
  await Promise.resolve();
  await new Promise((resolve) => setImmediate(resolve));
  expect(desk.stage()).toBe("done");
  expect(desk.text()).toContain("public.orders: dead rows 12 %");
  desk.press("y");
  expect(desk.asked.at(-1)).toBe("copy what was measured: public.orders: dead rows 12 %");
  desk.press("escape");
  expect(desk.stage()).toBeUndefined();
});

test("Esc cancels one that runs, and says what became of it", () => {
  const desk = asked(new Promise(() => {}));
  desk.type("measure-bloat");
  desk.press("enter", "y", "escape");
  expect(desk.asked.at(-1)).toBe("stop measure-bloat");
  expect(desk.stage()).toBe("running");
});

test("without the extension the list says what to do", () => {
  const desk = asked(new Promise(() => {}), { pgstattuple: null });
  expect(desk.text()).toContain("pgstattuple is not installed in shop: CREATE EXTENSION pgstattuple");
});
