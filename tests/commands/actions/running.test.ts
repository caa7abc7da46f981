import { expect, test } from "bun:test";
import type { OperationOutcome } from "../../../src/store/actions/operation.ts";
import { overlayIf } from "../../../src/store/screen.ts";
import { sitDown } from "../../support/screens/desk.ts";
import { node, observed } from "../../support/screens/fixtures.ts";
import { draw } from "../../support/screens/screens.tsx";

const seen = observed([node("db-1", { actions: "all" }), node("db-2", { actions: "all" })]);

/** A user who has sent a checkpoint that the server has not answered yet; `end` is its answer. */
function sending(more: { readonly columns?: number; readonly rows?: number } = {}) {
  const { promise, resolve } = Promise.withResolvers<OperationOutcome>();
  const desk = sitDown(seen, { operates: promise, ...more });
  desk.press("O");
  desk.type("checkpoint");
  desk.press("enter", "y");
  const end = async (outcome: OperationOutcome) => {
    resolve(outcome);
    await Bun.sleep(0);
  };
  const later = (ms: number) => desk.observe({ ...seen, nowMs: seen.nowMs + ms });
  return Object.assign(desk, { end, later, text: () => draw(desk.state()).join("\n") });
}

const failed: OperationOutcome = { kind: "refused", why: "the disk is full" };

test("after Esc the line above the footer says what runs where and for how long, until it ends", async () => {
  const desk = sending();
  expect(desk.text()).toMatch(/sent 0.0s ago …[\s\S]*Esc leave it running/);
  expect(desk.text()).not.toContain("running: ");
  desk.press("escape");
  desk.later(12_000);
  expect(desk.text()).toContain("running: Write a checkpoint at once on db-1, 12s; O shows it");
  desk.press("j");
  expect(desk.text()).toContain("running: ");
  await desk.end({ kind: "done", value: null });
  expect(desk.text()).toContain("db-1: checkpoint written");
  desk.press("k");
  expect(desk.text()).not.toContain("running: ");
});

test("O lists what runs first, and Enter brings its dialog back, in which the outcome comes", async () => {
  const desk = sending();
  desk.press("escape", "j", "O");
  expect(desk.text()).toMatch(/do:.*\n.*\n.*checkpoint +still runs: Write a checkpoint at once on db-1/);
  desk.press("enter");
  desk.later(3000);
  expect(desk.text()).toContain("sent 3.0s ago");
  await desk.end(failed);
  expect(desk.text()).toContain("nothing was sent: the disk is full");
});

test("what lacks is said with the GRANT, also where the dialog was closed meanwhile", async () => {
  const desk = sending();
  desk.press("escape");
  await desk.end({ kind: "notPermitted", why: "monitor may not", fix: "GRANT pg_checkpoint TO monitor" });
  expect(desk.text()).toContain(
    "db-1: not permitted: monitor may not; to permit it: GRANT pg_checkpoint TO monitor",
  );
});

test("on the smallest screen too it is said that something runs", () => {
  const desk = sending({ columns: 60, rows: 8 });
  desk.press("escape");
  expect(desk.text()).toMatch(/running: Write a .*0.0s; O shows it .*q quit/);
});

test.each(["q", "ctrl-c"])("%s asks while something runs, and says what becomes of it", (key) => {
  const desk = sending();
  desk.press("escape", key);
  expect(desk.asked).not.toContain("quit");
  for (const part of [
    "Quit while an operation runs?",
    "Write a checkpoint at once on db-1",
    "The server goes on with it without pgparade, until its end or its statement_timeout of 10min",
    "the audit file says unknown",
  ])
    expect(desk.text()).toContain(part);
  desk.press("escape", "j");
  expect([desk.asked.includes("quit"), desk.state().screen.overlay]).toEqual([false, null]);
  desk.press(key, key);
  expect(desk.asked).toContain("quit");
});

test("a q that was typed with the first one does not quit, since its question was not on screen", () => {
  const desk = sending();
  desk.press("escape");
  desk.burst("q", "q");
  expect(desk.asked).not.toContain("quit");
});

test("once all has ended q quits without a question, and one that stands there says that nothing runs", async () => {
  const desk = sending();
  desk.press("escape", "q");
  await desk.end({ kind: "done", value: null });
  expect(desk.text()).toContain("Nothing runs any more.");
  desk.press("escape", "q");
  expect([desk.asked.at(-1), overlayIf(desk.state().screen, "quit")]).toEqual(["quit", null]);
});

test("on the smallest screen the question names what runs, and how to answer", () => {
  const desk = sending({ columns: 60, rows: 8 });
  desk.press("escape", "q");
  expect(desk.text()).toMatch(/Quit while[\s\S]*Write a checkpoint[\s\S]*The server goes on[\s\S]*Esc stay/);
});
