import { expect, test } from "bun:test";
import { interpolate } from "../../src/config/interpolate.ts";

const dollar = "$";
const environment = { A: `${dollar}{B}`, B: "b", EMPTY: "", YAML: "x\nssh: {command: evil}" };

test.each([
  ["plain $HOME and $ stay", "plain $HOME and $ stay"],
  [`<${dollar}{B}>`, "<b>"],
  [`${dollar}{B}${dollar}{B}`, "bb"],
  [`${dollar}{NONE:-other}`, "other"],
  [`${dollar}{EMPTY:-other}`, "other"],
  [`${dollar}{EMPTY}`, ""],
  [`${dollar}{NONE:-}`, ""],
  [`$${dollar}{B}`, `${dollar}{B}`],
])("%p becomes %p", (text, expected) => {
  expect(interpolate(text, environment)).toMatchObject({ text: expected, missing: [], malformed: false });
});

test("what a variable holds is not looked at again", () => {
  expect(interpolate(`${dollar}{A}`, environment).text).toBe(`${dollar}{B}`);
  expect(interpolate(`${dollar}{YAML}`, environment).text).toBe(environment.YAML);
});

test("a variable that is not set, and a brace that does not close, are told", () => {
  expect(interpolate(`${dollar}{NONE}`, environment).missing).toEqual(["NONE"]);
  expect(interpolate(`${dollar}{constructor}`, environment).missing).toEqual(["constructor"]);
  expect(interpolate(`${dollar}{B`, environment).malformed).toBe(true);
  expect(interpolate(`${dollar}{not a name}`, environment).malformed).toBe(true);
});
