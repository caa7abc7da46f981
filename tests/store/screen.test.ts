import { expect, test } from "bun:test";
import { back, currentSpot, open, replace, spotAt, startScreen, withSpot } from "../../src/store/screen.ts";
import { openStore, updateScreen } from "../../src/store/store.ts";

const fleet = startScreen(80, 24, 1000);
const place = { kind: "node", node: "a" } as const;

test("opening and going back finds the spot as it was left", () => {
  const left = withSpot(fleet, { cursor: "n:a", index: 3, top: 1, filter: "x" });
  const inside = open(left, place);
  expect(currentSpot(inside)).toEqual(spotAt(place));
  expect(currentSpot(back(inside))).toEqual(currentSpot(left));
});

test("the first screen has nothing behind it", () => {
  expect(back(fleet)).toEqual(fleet);
});

test("replacing keeps what is behind, and the first screen stays the first", () => {
  const other = { kind: "node", node: "b" } as const;
  expect(replace(open(fleet, place), other).stack.map((spot) => spot.place)).toEqual([
    { kind: "fleet" },
    other,
  ]);
  expect(replace(fleet, other).stack.map((spot) => spot.place)).toEqual([{ kind: "fleet" }, other]);
});

test("an update that changes nothing tells nobody", () => {
  const store = openStore({ columns: 80, rows: 24, refreshMs: 1000, title: "t" });
  let told = 0;
  store.subscribe(() => {
    told += 1;
  });
  updateScreen(store, (screen) => screen);
  expect(told).toBe(0);
  updateScreen(store, (screen) => ({ ...screen, idle: true }));
  expect(told).toBe(1);
});
