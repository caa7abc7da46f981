import { afterAll, expect, test } from "bun:test";
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readAnswers, writeAnswers } from "../../src/services/earlier-answers.ts";

const folder = mkdtempSync(join(tmpdir(), "pgparade-answers-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A state folder that is not there yet. */
const fresh = (name: string) => join(folder, name, "pgparade");

test("what was written is read again, the newest of all runs, in a file that is its owner's alone", async () => {
  const state = fresh("runs");
  expect(await readAnswers(state)).toEqual({});
  expect(await writeAnswers(state, { "a@h:1/d": 1000, "b@h:2/d": 2000 })).toBeNull();
  expect(await writeAnswers(state, { "a@h:1/d": 900, "b@h:2/d": 3000, "c@h:3/d": 1 })).toBeNull();
  expect(await readAnswers(state)).toEqual({ "a@h:1/d": 1000, "b@h:2/d": 3000, "c@h:3/d": 1 });
  expect(readdirSync(state)).toEqual(["answers.json"]);
  expect(statSync(state).mode & 0o777).toBe(0o700);
  expect(statSync(join(state, "answers.json")).mode & 0o777).toBe(0o600);
});

test("the oldest are forgotten", async () => {
  const state = fresh("many");
  const many = Object.fromEntries(Array.from({ length: 2100 }, (_, index) => [`n${index}`, index]));
  await writeAnswers(state, many);
  const kept = Object.keys(await readAnswers(state));
  expect([kept.length, kept.includes("n99"), kept.includes("n100")]).toEqual([2000, false, true]);
});

test("a file that somebody else made of it is nothing, and a link is not followed", async () => {
  const state = fresh("broken");
  await writeAnswers(state, { a: 1 });
  const file = join(state, "answers.json");
  for (const text of ["", "{", "null", "[]", `{"a":"x","b":null}`]) {
    writeFileSync(file, text);
    expect([text, await readAnswers(state)]).toEqual([text, {}]);
  }
  const other = join(folder, "other.json");
  writeFileSync(other, `{"a":1}`);
  rmSync(file);
  symlinkSync(other, file);
  expect(await readAnswers(state)).toEqual({});
  expect(await writeAnswers(state, { b: 2 })).toBeNull();
  expect([readFileSync(other, "utf8"), await readAnswers(state)]).toEqual([`{"a":1}`, { b: 2 }]);
});

test("a folder that cannot be made is told in words", async () => {
  expect(await writeAnswers("/dev/null/pgparade", { a: 1 })).toContain("ENOTDIR");
});
