import { expect, test } from "bun:test";
import { sliced } from "../../src/text/cells.ts";
import { joined, padStart, type SafeText, safe, safeWords } from "../../src/text/safe-text.ts";
import { safeText } from "../../src/text/text.ts";

/** What drawing takes. */
const draw = (text: SafeText): string => text;
const fromServer: string = "\u001b[2J";
const either: "up" | `a${string}` = "up";

test("the compiler refuses what did not go through the function", () => {
  // @ts-expect-error: a string
  draw(fromServer);
  // @ts-expect-error: a template literal of safe text is a string
  draw(`${safe`up`}`);
  // @ts-expect-error: a method of safe text returns a string
  draw(safe`up`.trim());
  // @ts-expect-error: a string inside of the tag
  safe`${fromServer}`;
  // @ts-expect-error: a type of which a part is any string
  safe`${`a${fromServer}`}`;
  // @ts-expect-error: a union in which one is any string
  safe`${either as "up" | `a${string}`}`;
  // @ts-expect-error: safe text or any string
  safe`${fromServer.length > 3 ? safe`up` : fromServer}`;
  // @ts-expect-error: a value of a row
  safe`${{ datname: fromServer }["datname"] as unknown}`;
  // @ts-expect-error: null is unknown and has a sign of its own
  safe`${null}`;
  // @ts-expect-error: words that are not ours
  safeWords({ label: fromServer });
});

test("words of our own, numbers and safe text come together", () => {
  const count: number = 2;
  expect(draw(safe`${count} ${count === 1 ? "node" : "nodes"} of ${safeText("a\u0007")}`)).toBe(
    String.raw`2 nodes of a\x07`,
  );
  expect(draw(joined([safe`a`, safe`b`], safe`, `))).toBe("a, b");
  expect(draw(padStart(safeWords({ port: "Port" }).port, 6))).toBe("  Port");
  expect(draw(sliced(safe`\u001b[1mabc\u001b[0m`, 2))).toBe("\u001b[1mab\u001b[22m");
});
