import { expect, test } from "bun:test";
import { Refusals } from "../../src/services/secrets/refusals.ts";
import { Secret } from "../../src/text/secret.ts";

const secret = (text: string) => new Secret(text);

test("a secret is spent after three refusals, by its text and not by its object", () => {
  const refusals = new Refusals();
  refusals.add(secret("a"));
  refusals.add(secret("a"));
  expect(refusals.isSpent(secret("a"))).toBe(false);
  refusals.add(secret("b"));
  expect(refusals.add(secret("a"))).toBe(3);
  expect([refusals.isSpent(secret("a")), refusals.isSpent(secret("b")), refusals.anySpent]).toEqual([
    true,
    false,
    true,
  ]);
});

test("a login that sends it twice counts twice", () => {
  const refusals = new Refusals();
  refusals.add(secret("a"), 2);
  expect(refusals.add(secret("a"), 2)).toBe(4);
});

test("a person's wish is good for one more", () => {
  const refusals = new Refusals();
  for (let n = 0; n < 5; n++) refusals.add(secret("a"));
  refusals.forgive();
  expect(refusals.isSpent(secret("a"))).toBe(false);
  refusals.add(secret("a"));
  expect(refusals.isSpent(secret("a"))).toBe(true);
});

test("a login that succeeds is one with its own secret, and not with those that were refused", () => {
  const refusals = new Refusals();
  for (let n = 0; n < 3; n++) refusals.add(secret("a"));
  for (let n = 0; n < 3; n++) refusals.add(secret("b"));
  refusals.accept(secret("a"));
  expect([refusals.isSpent(secret("a")), refusals.isSpent(secret("b"))]).toEqual([false, true]);
});
