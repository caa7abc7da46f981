import { expect, test } from "bun:test";
import { panelHeights } from "../../../src/components/drawing/panel-heights.ts";

const panel = (least: number, most: number) => ({ least, most });

test("panels that fit are as high as they could be", () => {
  expect(panelHeights(20, [panel(3, 5), panel(3, 8)])).toEqual([5, 8]);
});

test("where there is little room the most important ones have their least, and the others are left out", () => {
  const three = [panel(2, 9), panel(3, 9), panel(3, 9)];
  expect(panelHeights(5, three)).toEqual([2, 3, 0]);
  expect(panelHeights(1, three)).toEqual([0, 0, 0]);
  expect(panelHeights(-4, three)).toEqual([0, 0, 0]);
  // One that fits takes what a higher one could not.
  expect(panelHeights(4, three)).toEqual([4, 0, 0]);
});

test("no panel takes more than half of the room while others want some", () => {
  expect(panelHeights(20, [panel(2, 100), panel(3, 100)])).toEqual([10, 10]);
  expect(panelHeights(20, [panel(2, 100), panel(3, 4)])).toEqual([16, 4]);
});

test("nothing beyond the room is given away", () => {
  for (let room = 0; room < 40; room += 1) {
    const heights = panelHeights(room, [panel(4, 9), panel(3, 62), panel(5, 5), panel(2, 13)]);
    expect(heights.reduce((sum, height) => sum + height, 0)).toBe(Math.min(room, 40) < 2 ? 0 : room);
  }
});
