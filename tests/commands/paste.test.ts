import { describe, expect, test } from "bun:test";
import { choices } from "../../src/commands/prompts/choosing.ts";
import { makeTheme } from "../../src/components/drawing/theme.ts";
import { noticeLine } from "../../src/components/Footer.tsx";
import { textIn } from "../../src/store/connection-form.ts";
import { cpuMsOf } from "../support/cpu-time.ts";
import { listed } from "../support/screens/connection-fixtures.ts";
import { sitDown } from "../support/screens/desk.ts";
import { badDay } from "../support/screens/fleet-fixtures.ts";

const prompts: [string, string[], number][] = [
  ["form", ["o", "N"], 8192],
  ["host of the form", ["o", "N", "down", "down"], 8192],
  ["password of the form", ["o", "N", ...Array.from({ length: 6 }, () => "down")], 8192],
  ["palette", [":"], 256],
  ["node picker", ["n"], 256],
  ["group picker", ["o", "j", "m"], 256],
  ["filter", ["/"], 8192],
];

/** At a prompt, with a count of the screens that it showed since. */
function at(open: readonly string[], soon?: (run: () => void) => void) {
  const desk = sitDown(badDay, soon ? { soon } : {});
  desk.store.setState({ connections: listed });
  desk.press(...open);
  let screens = 0;
  desk.store.subscribe(() => {
    screens++;
  });
  const text = () => {
    const { overlay } = desk.state().screen;
    if (overlay?.kind === "connection") return textIn(overlay.form, overlay.form.field);
    return overlay && "text" in overlay ? overlay.text : "";
  };
  const said = () => noticeLine(desk.state(), makeTheme("dark", { color: false, ascii: false }), 120);
  return { desk, text, said, screens: () => screens };
}

const million = 1 << 20;

describe("what is pasted", () => {
  test.each(prompts)("into the %s costs a few screens, not one a character", (_, open) => {
    const { desk, text, screens } = at(open);
    desk.paste("a=1 ".repeat(50));
    expect(text()).toBe("a=1 ".repeat(50));
    expect(screens()).toBeLessThan(5);
  });

  test.each(prompts)("into the %s costs no more without bracketed paste", (_, open) => {
    const { desk, text, screens } = at(open);
    desk.burst(...Array.from({ length: 50 }, () => ["a", "=", "1", "space"]).flat());
    expect(text()).toBe("a=1 ".repeat(50));
    expect(screens()).toBeLessThan(5);
  });

  test.each(prompts)(
    "into the %s is cut where it is too long, with a word, and keys go on",
    (_, open, most) => {
      const { desk, text, said } = at(open);
      desk.paste("abcd".repeat(million / 4));
      expect(text()).toBe("abcd".repeat(most / 4));
      expect(said()).toContain(`cut at ${most} characters`);
      desk.type("x");
      expect(text()).toHaveLength(most);
      expect(said()).toContain(`cut at ${most} characters`);
      desk.press("backspace");
      expect(said()).not.toContain("cut at");
      desk.type("x");
      expect(text()).toHaveLength(most);
      expect(said()).not.toContain("cut at");
      desk.press("ctrl-u");
      expect(text()).toBe("");
    },
  );

  test("is cut between whole characters", () => {
    const { desk, text } = at([":"]);
    desk.paste("👩‍👩‍👧".repeat(100));
    expect(text()).toBe("👩‍👩‍👧".repeat(32));
  });

  // Each made some pattern or list grow with the square of its length, or more.
  test.each([
    ["many keywords", "a=1 ".repeat(3000)],
    ["many passwords", "password=a ".repeat(1000)],
    ["many schemes", `jdbc:${"postgresql://".repeat(1000)}`],
    ["many hosts", `postgres://${"a,".repeat(4000)}b/x`],
    ["many accounts", "a:b@".repeat(3000)],
    ["many queries", `postgres://${"?a=b&".repeat(1600)}`],
    ["quotes", "'".repeat(9000)],
    ["backslashes and line ends", "\\\n".repeat(9000)],
    ["line ends", "\n".repeat(9000)],
    ["marks", `a${"\u0301".repeat(9000)}`],
    ["variables", "${A:-".repeat(2000)],
  ])("of %s is read within seconds, and so is each key after it", (_, text) => {
    const { desk } = at(["o", "N"]);
    const cpuMs = cpuMsOf(() => {
      desk.paste(text);
      desk.press("x", "backspace", "left", "ctrl-w", "ctrl-u");
    });
    expect(cpuMs).toBeLessThan(5000);
  });
});

describe("text in one go without bracketed paste", () => {
  test("answers no question that it has opened itself", () => {
    const { desk } = at(["o", "N"]);
    desk.burst(..."host=a", ...Array.from({ length: 15 }, () => "enter"), "y", "e", "s");
    expect(desk.asked).toEqual([]);
    desk.press("y");
    expect(desk.asked).toEqual(["save a"]);
  });

  test("may be a question's key and its answer, typed ahead", () => {
    const { desk } = at(["o", "j"]);
    desk.burst("D", "y");
    expect(desk.asked).toEqual(["remove node orders-1"]);
  });
});

describe("the ranking of a list", () => {
  test("waits until the keys that are here were obeyed, and the last one counts", () => {
    const due: (() => void)[] = [];
    const { desk } = at([":"], (run) => due.push(run));
    const labels = () => {
      const { overlay } = desk.state().screen;
      return overlay && "ranked" in overlay ? choices(desk.state(), overlay).map(({ label }) => label) : [];
    };
    const all = labels();
    desk.type("bil2");
    expect(labels()).toEqual(all);
    due.at(-1)?.();
    expect(labels()).toEqual(["billing-2"]);
  });

  test("is made up for by Enter", () => {
    const { desk } = at([":"], () => {});
    desk.type("bil2");
    desk.press("enter");
    expect(desk.place).toEqual({ kind: "node", node: "billing-2" });
  });
});
