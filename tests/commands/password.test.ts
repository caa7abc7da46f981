import { describe, expect, test } from "bun:test";
import { inspect } from "node:util";
import type { TestOverlay } from "../../src/store/screen.ts";
import { updateScreen } from "../../src/store/store.ts";
import { goodTest, lockedTest, pastedForm } from "../support/screens/connection-fixtures.ts";
import { sitDown } from "../support/screens/desk.ts";
import { badDay, behindLockedKey, lockedKey } from "../support/screens/fleet-fixtures.ts";

/** On the node whose server refused the password. */
function atVault() {
  const desk = sitDown(badDay);
  desk.press("n");
  desk.type("vault");
  desk.press("enter");
  expect(desk.place).toEqual({ kind: "node", node: "vault" });
  return desk;
}

describe("a password on the screen", () => {
  test.each(["p", "enter"])("is asked for with %s, tried with Enter and at once", (key) => {
    const desk = atVault();
    desk.press(key);
    desk.type("open q p");
    desk.press("x", "backspace", "enter");
    expect(desk.asked).toEqual(["password vault open q p", "refresh"]);
    expect(desk.state().screen.overlay).toBeNull();
  });

  test("is not tried when nothing was typed or Esc was pressed", () => {
    const desk = atVault();
    desk.press("p", "enter", "p");
    desk.type("sesame");
    desk.press("escape", "p");
    expect(desk.state().screen.overlay).toMatchObject({ kind: "password", node: "vault" });
    desk.press("enter");
    expect(desk.asked).toEqual([]);
    expect(desk.place).toEqual({ kind: "node", node: "vault" });
  });

  test("that is pasted is typed in one go, and cut with a word where it is too long", () => {
    const desk = atVault();
    desk.press("p");
    let screens = 0;
    desk.store.subscribe(() => {
      screens++;
    });
    desk.paste("s".repeat(1 << 20));
    expect(screens).toBeLessThan(5);
    expect(desk.state().screen.notice).toBe("cut at 8192 characters");
    desk.press("enter");
    expect(desk.asked).toEqual([`password vault ${"s".repeat(8192)}`, "refresh"]);
  });

  test("is stars in every dump of the program's state", () => {
    const desk = atVault();
    desk.press("p");
    desk.type("sesame");
    const dump = inspect(desk.state(), { depth: 20, showHidden: true }) + JSON.stringify(desk.state().screen);
    expect(dump).toContain("***");
    expect(dump).not.toContain("sesame");
  });

  test.each(["p", "enter"])("is what ssh wants on the way there, where that is so, with %s", (key) => {
    const desk = sitDown(behindLockedKey);
    desk.press("n", "b", "enter", key);
    expect(desk.state().screen.overlay).toMatchObject({ kind: "password", node: "b", wanted: lockedKey });
    desk.type("sesame");
    desk.press("enter");
    expect(desk.asked).toEqual([`secret ${lockedKey.name} sesame`, "refresh"]);
    expect(desk.state().screen.overlay).toBeNull();
  });

  test.each<[string, TestOverlay, string]>([
    ["p", { kind: "connection-test", node: "b", test: lockedTest }, "test b"],
    ["ctrl-p", { kind: "connection", form: pastedForm, test: lockedTest }, "test the form of db7"],
  ])("is what a test wants, with %s, and tried in another test", (key, over, tried) => {
    const desk = sitDown(behindLockedKey);
    const open = (overlay: TestOverlay) => updateScreen(desk.store, (screen) => ({ ...screen, overlay }));
    open({ ...over, test: goodTest });
    desk.press(key);
    expect(desk.state().screen.overlay).toMatchObject({ kind: over.kind });
    open(over);
    desk.press(key);
    expect(desk.state().screen.overlay).toMatchObject({ kind: "password", wanted: lockedKey });
    desk.press("escape");
    expect(desk.state().screen.overlay).toEqual(over);
    desk.press(key, "x", "enter");
    expect(desk.asked).toEqual([`secret ${lockedKey.name} x`, tried, "refresh"]);
    expect(desk.state().screen.overlay).toEqual(over);
  });

  test("is not asked for where another one would not help", () => {
    const desk = sitDown(badDay);
    for (const node of ["1", "4"]) {
      desk.press(node, "p");
      expect(desk.state().screen.overlay).toBeNull();
      desk.press("escape");
    }
  });
});
