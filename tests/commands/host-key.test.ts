import { describe, expect, test } from "bun:test";
import { hostQuestions } from "../../src/cli/host-question.ts";
import { sitDown } from "../support/desk.ts";
import { badDay, bastion, behindBastion } from "../support/fleet-fixtures.ts";

const trusted = `trust ${bastion.host} ${bastion.fingerprint}`;

describe("an ssh host that is not known", () => {
  test("is asked of on the node with T or Enter, and trusted with y", () => {
    const desk = sitDown(behindBastion);
    desk.press("T");
    expect(desk.state().screen.overlay).toEqual({ kind: "host-key", host: bastion });
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
    expect(desk.state().screen.overlay).toEqual({ kind: "host-key", host: bastion });
    desk.press("escape");
    ask(bastion);
    expect(desk.state().screen.overlay).toBeNull();
  });

  test("is not trusted by a text that is pasted", () => {
    const desk = sitDown(behindBastion);
    desk.press("T");
    desk.paste("y");
    expect(desk.asked).toEqual([]);
  });
});
