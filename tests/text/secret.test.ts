import { expect, test } from "bun:test";
import { inspect } from "node:util";
import { Secret } from "../../src/text/secret.ts";

test("a secret shows stars in every printed form and itself only when revealed", () => {
  const secret = new Secret("hunter2");
  const printed = [`${secret}`, JSON.stringify({ secret }), inspect({ secret }), Bun.inspect({ secret })];
  for (const form of printed) {
    expect(form).toContain("***");
    expect(form).not.toContain("hunter2");
  }
  expect(secret.reveal()).toBe("hunter2");
});
