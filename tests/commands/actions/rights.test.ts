import { expect, test } from "bun:test";
import type { RightFound } from "../../../src/store/actions/operation.ts";
import { sitDown } from "../../support/screens/desk.ts";
import { node, observed } from "../../support/screens/fixtures.ts";
import { draw } from "../../support/screens/screens.tsx";

const outcome = {
  kind: "notPermitted",
  why: "monitor lacks the rights of pg_checkpoint",
  fix: "GRANT pg_checkpoint TO monitor",
} as const;

/** A user who asks for an operation of a node; `answer` is what the server then says of the right to it. */
function asking(operation: string, more: Parameters<typeof node>[1] = {}) {
  const { promise, resolve } = Promise.withResolvers<RightFound>();
  const desk = sitDown(observed([node("db-1", { actions: "all", ...more })]), { right: promise });
  desk.press("O");
  desk.type(operation);
  desk.press("enter");
  const answer = async (found: RightFound) => {
    resolve(found);
    await promise;
  };
  return Object.assign(desk, { answer, text: () => draw(desk.state()).join("\n") });
}

test("while the server is asked whether the role may, the dialog says so, and a yes counts", () => {
  const desk = asking("checkpoint");
  expect(desk.text()).toContain("the server is asked whether monitor may");
  desk.press("y");
  expect(desk.asked).toEqual(["checkpoint on db-1: CHECKPOINT"]);
});

test("that the role may is said, and y sends it", async () => {
  const desk = asking("checkpoint");
  await desk.answer({ kind: "given" });
  expect(desk.text()).toMatch(/right +monitor may/);
  desk.press("y");
  expect(desk.asked).toHaveLength(1);
});

test("where the right lacks the GRANT is said before a yes, none is taken, and only Esc closes it", async () => {
  const desk = asking("checkpoint");
  await desk.answer({ kind: "denied", outcome });
  for (const part of ["not permitted: monitor lacks", "to permit it: GRANT pg_checkpoint TO monitor"])
    expect(desk.text()).toContain(part);
  expect(desk.text()).not.toMatch(/y checkpoint|checkpoint at once\?/);
  desk.press("y", "enter", "q");
  expect(desk.asked).toEqual([]);
  expect(desk.text()).toContain("to permit it: GRANT");
  desk.press("escape");
  expect(desk.state().screen.overlay).toBeNull();
});

test("a word that is being typed for a yes does nothing once the right is known to lack", async () => {
  const desk = asking("checkpoint", { production: true });
  desk.type("db");
  await desk.answer({ kind: "denied", outcome });
  desk.type("-1");
  desk.press("enter");
  expect(desk.asked).toEqual([]);
  expect(desk.text()).toContain("to permit it: GRANT pg_checkpoint TO monitor");
});

test("a right that is not known is said, and does not block", async () => {
  const desk = asking("checkpoint");
  await desk.answer({ kind: "unknown", why: "no answer in 3 s" });
  expect(desk.text()).toContain("whether monitor may is not known: no answer in 3 s");
  desk.press("y");
  expect(desk.asked).toHaveLength(1);
});

test("of an operation with an argument it is asked once the argument is one, and not for each letter", async () => {
  const desk = asking("create-physical");
  expect(desk.text()).not.toContain("the server is asked");
  desk.type("old");
  expect(desk.text()).toContain("the server is asked whether monitor may");
  await desk.answer({ kind: "given" });
  desk.type("er");
  desk.press("enter");
  expect(desk.text()).toMatch(/right +monitor may/);
  desk.press("y");
  expect(desk.asked).toEqual([
    "create-physical-slot on db-1: select pg_catalog.pg_create_physical_replication_slot('older', true)",
  ]);
});
