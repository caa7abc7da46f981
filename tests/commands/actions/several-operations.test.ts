import { expect, test } from "bun:test";
import { operationNamed } from "../../../src/commands/operations/all.ts";
import { severalOf } from "../../../src/commands/operations/several.ts";
import { operationsMatching } from "../../../src/commands/prompts/choices.ts";
import type { OperationOutcome, RightFound } from "../../../src/store/actions/operation.ts";
import { rowOf } from "../../support/actions/operating.ts";
import { sitDown } from "../../support/screens/desk.ts";
import { node, observed, okSample, stateOf } from "../../support/screens/fixtures.ts";
import { draw } from "../../support/screens/screens.tsx";

const slot = (slot_name: string, active = false) => ({
  ...{ slot_name, slot_type: "physical", plugin: null, database: null, temporary: false, active },
  ...{ active_pid: active ? 77 : null, retained: 1024n ** 3n, wal_status: "extended", restart_lsn: 1n },
  synced: null,
});

const day = (slots: readonly ReturnType<typeof slot>[], more: Parameters<typeof node>[1] = {}) =>
  observed(
    [node("db-1", { actions: "all", ...more }), node("db-2", { actions: "all", ...more })],
    undefined,
    {
      replication_slots: { "db-1": okSample([...slots]), "db-2": okSample([slot("other")]) },
    },
  );

const three = [slot("a"), slot("b"), slot("held", true)];

/** A user who has marked all slots of the fleet and chose to drop them. */
function dropping(seen = day(three), more: Parameters<typeof sitDown>[1] = {}) {
  const desk = sitDown(seen, more);
  desk.open({ kind: "view", view: "slots", scope: { kind: "all" } });
  desk.press("X", "O");
  desk.type("drop");
  desk.press("enter");
  return Object.assign(desk, { text: () => draw(desk.state()).join("\n") });
}

const sqlOf = (name: string) => `select pg_catalog.pg_drop_replication_slot('${name}')`;

test("each of several rows has the plan of one, and what cannot be done now is left out with the reason", () => {
  const drop = operationNamed("drop-slot");
  const subjects = ["a", "held"].map((key) => ({ node: "db-1", row: rowOf("db-1", "slots", key) }));
  const planned = drop && severalOf(drop, stateOf(day(three, { production: true })), subjects);
  expect(planned).toMatchObject({
    title: "Drop 1 slot on db-1",
    plans: [{ node: "db-1", sql: sqlOf("a") }],
    leftOut: [{ node: "db-1", name: "held", why: "it is active: pid 77 streams from it" }],
    word: "db-1",
  });
});

test("all marked slots are listed with their statements in one question, and one that is in use is left out", async () => {
  const desk = dropping();
  for (const part of [
    "Drop 3 slots on 2 nodes?",
    sqlOf("a"),
    sqlOf("b"),
    sqlOf("other"),
    "left out: held on db-1: it is active: pid 77 streams from it",
  ])
    expect(desk.text()).toContain(part);
  desk.press("y");
  await Bun.sleep(0);
  expect(desk.asked.filter((what) => what.startsWith("drop-slot")).sort()).toEqual([
    `drop-slot on db-1: ${sqlOf("a")}`,
    `drop-slot on db-1: ${sqlOf("b")}`,
    `drop-slot on db-2: ${sqlOf("other")}`,
  ]);
  expect(desk.text()).toContain("slot a dropped");
  expect(desk.text()).toContain("3 done");
});

test.each(["escape", "n", "enter"])("none is dropped by %s", (no) => {
  const desk = dropping();
  desk.press(no, "y");
  expect([desk.asked, desk.state().screen.overlay]).toEqual([[], null]);
});

test("where the role may not on any of them there is no yes", async () => {
  const outcome = { kind: "notPermitted", why: "monitor has no REPLICATION", fix: "ALTER ROLE" } as const;
  const denied: RightFound = { kind: "denied", outcome };
  const desk = dropping(day(three), { right: Promise.resolve(denied) });
  await Bun.sleep(0);
  expect(desk.text()).toContain("to permit it: ALTER ROLE");
  expect(desk.text()).not.toContain("y drop");
  desk.press("y");
  expect(desk.asked).toEqual([]);
});

test("on production a word is typed, and where a slot has a consumer by then all is asked anew", () => {
  const desk = dropping(day([slot("a"), slot("b")], { production: true }));
  expect(desk.text()).toContain("Type production to drop");
  desk.observe(day([slot("a", true), slot("b")], { production: true }));
  desk.type("production");
  desk.press("enter");
  expect(desk.asked).toEqual([]);
  expect(desk.text()).toContain("nothing was sent: read it again");
  expect(desk.text()).toContain("Drop 2 slots");
});

test("while it runs Esc leaves it in sight, and O brings back how far it is", async () => {
  const { promise, resolve } = Promise.withResolvers<OperationOutcome>();
  const desk = dropping(day(three), { operates: promise });
  desk.press("y", "escape");
  expect(desk.text()).toContain("running: Drop 3 slots on 2 nodes");
  desk.press("O", "enter");
  expect(desk.text()).toContain("0 of 3 answered");
  resolve({ kind: "done", value: null });
  await Bun.sleep(0);
  expect(desk.text()).toContain("3 done");
  desk.press("escape");
  expect(desk.text()).not.toContain("running: ");
});

test("what takes one row at a time says so while rows are marked", () => {
  const desk = sitDown(day(three));
  desk.open({ kind: "view", view: "slots", scope: { kind: "all" } });
  desk.press("x", "O");
  desk.type("advance");
  desk.press("enter");
  expect(desk.state().screen.notice).toContain("it takes one row at a time");
  // What is typed next is no command to the screen below.
  expect(desk.state().screen.overlay).toMatchObject({ kind: "operations", text: "advance" });
});

test("where it can be done to none of the marked rows the list says why, and stays", () => {
  const desk = sitDown(day([slot("held", true)]));
  desk.open({ kind: "view", view: "slots", scope: { kind: "all" } });
  desk.press("x", "O");
  desk.type("drop-slot");
  desk.press("enter");
  expect(desk.state().screen.notice).toBe("drop-slot: it is active: pid 77 streams from it");
  expect(desk.state().screen.overlay).toMatchObject({ kind: "operations", text: "drop-slot" });
});

test("what can be done comes first, whatever else matches what was typed better", () => {
  const desk = sitDown(day(three));
  desk.open({ kind: "view", view: "slots", scope: { kind: "all" } });
  desk.press("x", "O");
  desk.type("s");
  const isOff = operationsMatching(desk.state(), "s").map((choice) => choice.isOff === true);
  expect(isOff).toEqual(isOff.toSorted());
  expect(new Set(isOff).size).toBe(2);
});
