import { describe, expect, test } from "bun:test";
import { atActivity } from "../../support/screens/at-activity.ts";
import { draw } from "../../support/screens/screens.tsx";

const headings = (desk: ReturnType<typeof atActivity>) => draw(desk.state())[2]?.trim().split(/ {1,}/) ?? [];

describe("the columns of a view", () => {
  test("are listed with what each of them says, hidden ones too", () => {
    const desk = atActivity();
    desk.press("v", "j");
    const lines = draw(desk.state());
    expect(lines[2]).toMatch(/^ Activity: 13 of \d+ columns, sorted by TX ⌄$/);
    expect(lines.find((line) => line.includes("❯"))).toMatch(/✔ DATABASE +8 {2}/);
    expect(lines.some((line) => /^ {5,}BACKEND START|^ {5,}\S+ +\d+ /.test(line))).toBe(true);
    expect(lines.at(-1)).toMatch(
      /space show {2}K J move {2}- \+ width {2}s sparkline {2}r reset {2}↵ keep {2}Esc drop/,
    );
  });

  test("are hidden, moved and widened, and stay so while one goes elsewhere", () => {
    const desk = atActivity();
    expect(headings(desk).slice(0, 4)).toEqual(["NODE", "PID", "USER", "APP"]);
    desk.press("v", "j", "space", "j", "J", "+", "enter");
    expect(headings(desk).slice(0, 4)).toEqual(["NODE", "PID", "APP", "USER"]);
    desk.press("escape", "a", "0");
    expect(headings(desk).slice(0, 4)).toEqual(["NODE", "PID", "APP", "USER"]);
    expect(desk.state().looks["activity"]?.widths).toEqual({ usename: 8 });
    desk.press("v", "r", "enter");
    expect(desk.state().looks).toEqual({});
    expect(headings(desk).slice(0, 4)).toEqual(["NODE", "PID", "USER", "APP"]);
  });

  test("get wider where what stands there is short, and narrower than their header, and say how wide they are", () => {
    const desk = atActivity();
    const widthOfUser = () => {
      const heading = draw(desk.state())[2] ?? "";
      return heading.indexOf(" APP ") - heading.indexOf(" U");
    };
    const line = () => draw(desk.state()).find((text) => text.includes("❯")) ?? "";
    const before = widthOfUser();
    desk.press("v", "j", "j");
    expect(line()).toMatch(/✔ USER +4 {2}/);
    desk.press("+", "+");
    expect(line()).toMatch(/✔ USER +=12 {2}/);
    desk.press("enter");
    expect(widthOfUser()).toBe(before + 8);
    desk.press("v", "j", "j", "-", "-");
    expect(line()).toMatch(/✔ USER +4 {2}/);
    desk.press("enter");
    expect(desk.state().looks).toEqual({});
    expect(widthOfUser()).toBe(before);
    desk.press("v", "j", "-", "-", "enter");
    expect(desk.state().looks["activity"]?.widths).toEqual({ datname: 4 });
    expect(draw(desk.state())[2]).toContain(" DAT… ");
  });

  test("are as they were where the change is dropped; the one that a row is known by stays", () => {
    const desk = atActivity();
    const before = headings(desk);
    desk.press("v", "space");
    expect(desk.notice()).toBe("a row is known by this column: it stays");
    desk.press("down", "down", "space", "K", "escape");
    expect(headings(desk)).toEqual(before);
    expect(desk.state().looks).toEqual({});
  });
});

test("the order of a view is kept, and its last filter is offered and hides nothing by itself", () => {
  const desk = atActivity();
  desk.press(">", "R", "/");
  desk.type("user:app");
  desk.press("enter");
  const sortBy = desk.spot.sortBy;
  expect(desk.state().looks["activity"]).toEqual({ sortBy: sortBy ?? "", filter: "user:app" });
  desk.press("escape", "escape", "a", "0");
  expect(desk.spot.filter).toBe("");
  expect(draw(desk.state())[2]).toContain(" ⌃");
  desk.press("/");
  expect(draw(desk.state()).at(-1)).toContain("↑ the one before");
  desk.press("up", "enter");
  expect(desk.spot.filter).toBe("user:app");
});
