import { expect, test } from "bun:test";
import { sitDown } from "../support/screens/desk.ts";
import { activityOf, backend, node, observed, okSample } from "../support/screens/fixtures.ts";
import { preparedRoot } from "../support/screens/lock-fixtures.ts";
import { draw } from "../support/screens/screens.tsx";

const size = { columns: 80, rows: 24 };

test("a notice that one line has no room for goes on in a second, and the keys and the cursor stay", () => {
  const seen = observed([node("a")], undefined, { lock_waits: { a: okSample(preparedRoot()) } });
  const desk = sitDown(seen, size);
  desk.press("L");
  // What a prepared transaction cannot be sent is not offered.
  const footer = () => draw(desk.state()).at(-1);
  expect(footer()).not.toMatch(/cancel|terminate/);
  desk.press("down");
  expect(footer()).toMatch(/C cancel.*K terminate/);
  desk.press("up");
  desk.press("K");
  const lines = draw(desk.state());
  expect(lines).toHaveLength(24);
  expect(lines.at(-3)).toMatch(/^ {3}terminate: a prepared transaction has no session: /);
  expect(lines.at(-2)).toMatch(/^── \S.*PREPARED ends it ─+/);
  expect(lines.at(-1)).toContain("quit");
  expect(lines.join("\n")).toContain("❯prepared order-77");
});

test("the line under the cursor stays in sight, whatever is said, and what is longer still is cut", () => {
  const sessions = Array.from({ length: 60 }, (_, at) => backend(100 + at));
  const desk = sitDown(observed([node("a")], undefined, activityOf({ a: sessions })), size);
  desk.press("a", "pagedown");
  const selected = () => draw(desk.state()).find((line) => line.startsWith("❯"));
  const before = selected();
  desk.store.setState(({ screen }) => ({ screen: { ...screen, notice: "word ".repeat(99) } }));
  expect(selected()).toBe(before);
  expect(draw(desk.state()).at(-2)).toMatch(/^── word .*… ─+/);
  desk.store.setState(({ screen }) => ({ screen: { ...screen, notice: "short" } }));
  expect(draw(desk.state()).at(-2)).toContain("── short ──");
});
