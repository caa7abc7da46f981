import { describe, expect, test } from "bun:test";
import { hostQuestions } from "../../src/app/host-question.ts";
import type { TestOverlay } from "../../src/store/screen.ts";
import { updateScreen } from "../../src/store/store.ts";
import { goodTest, pastedForm } from "../support/screens/connection-fixtures.ts";
import { sitDown } from "../support/screens/desk.ts";
import { badDay, bastion, behindBastion } from "../support/screens/fleet-fixtures.ts";

const trusted = `trust ${bastion.host} ${bastion.fingerprint}`;

describe("an ssh host that is not known", () => {
  test("is asked of on the node with T or Enter, and trusted with y", () => {
    const desk = sitDown(behindBastion);
    desk.press("T");
    expect(desk.state().screen.overlay).toEqual({ kind: "host-key", host: bastion, over: null });
    desk.press("y");
    expect(desk.asked).toEqual([trusted]);
    expect(desk.state().screen.overlay).toBeNull();
    desk.press("enter", "enter");
    expect(desk.state().screen.overlay).toMatchObject({ kind: "host-key" });
  });

  test.each(["escape", "n", "enter", "space", "Y"])("is not trusted with %s", (key) => {
    const desk = sitDown(behindBastion);
    desk.press("T", key);
    expect(desk.asked).toEqual([]);
    expect(desk.state().screen.overlay).toBeNull();
  });

  test("is not asked of where a node fails for another reason", () => {
    const desk = sitDown(badDay);
    desk.press("4", "T");
    expect(desk.state().screen.overlay).toBeNull();
  });

  test("is asked of by itself once for all nodes, and never over what is open", () => {
    const desk = sitDown(behindBastion);
    const ask = hostQuestions(desk.store);
    desk.press(":");
    ask(bastion);
    expect(desk.state().screen.overlay).toMatchObject({ kind: "palette" });
    desk.press("escape");
    ask(undefined);
    expect(desk.state().screen.overlay).toBeNull();
    ask(bastion);
    expect(desk.state().screen.overlay).toEqual({ kind: "host-key", host: bastion, over: null });
    desk.press("escape");
    ask(bastion);
    expect(desk.state().screen.overlay).toBeNull();
  });

  const unknown = { ...goodTest, unknownHost: bastion };
  test.each<[string, TestOverlay, string]>([
    ["T", { kind: "connection-test", node: "b", test: unknown }, "b"],
    ["ctrl-p", { kind: "connection", form: pastedForm, test: unknown }, "the form of db7"],
  ])("that a test comes to is asked of with %s, and tested again", (key, over, tested) => {
    const desk = sitDown(behindBastion);
    const open = (overlay: TestOverlay) => updateScreen(desk.store, (screen) => ({ ...screen, overlay }));
    open({ ...over, test: goodTest });
    desk.press(key);
    expect(desk.state().screen.overlay).toMatchObject({ kind: over.kind });
    open(over);
    desk.press(key);
    expect(desk.state().screen.overlay).toEqual({ kind: "host-key", host: bastion, over });
    desk.press("escape");
    expect(desk.state().screen.overlay).toEqual(over);
    expect(desk.asked).toEqual([]);
    desk.press(key, "y");
    expect(desk.asked).toEqual([`trust ${bastion.host} and test ${tested}`]);
    expect(desk.state().screen.overlay).toEqual(over);
  });

  test("is not trusted by a text that is pasted", () => {
    const desk = sitDown(behindBastion);
    desk.press("T");
    desk.paste("y");
    expect(desk.asked).toEqual([]);
  });
});
