import { expect, test } from "bun:test";
import { answerError, isAnswer, loginError } from "../../src/services/session/failure.ts";
import { refusesOptions } from "../../src/services/session/pooler.ts";

const said = (code: string, severity: string, message: string, routine?: string) =>
  Object.assign(new Error(message), { code, severity, routine });

test.each([
  [said("22012", "ERROR", "Division durch Null", "int4div"), true],
  [said("57P01", "FATAL", "storniere Verbindung", "ProcessInterrupts"), false],
  [said("57P02", "PANIC", "", ""), false],
  [said("08P01", "ERROR", "extended query protocol not supported by admin console"), false],
  [new Error("ERROR"), false],
] as const)("%p keeps the session: %p", (cause, answers) => {
  expect(isAnswer(cause)).toBe(answers);
});

test.each([
  [3999, 4000, "cancelled"],
  [4000, 4000, "timeout"],
  [9000, 0, "cancelled"],
])("a statement that ended after %d ms of %d is %s, in any language", (ms, limitMs, kind) => {
  const cause = said("57014", "ERROR", "annulation de la requête", "ProcessInterrupts");
  expect(answerError(cause, ms, limitMs).kind).toBe(kind as "cancelled");
});

test("what a server says is not taken for the driver's words", () => {
  for (const message of ["timeout expired", "timeout exceeded when trying to connect"])
    expect(loginError(said("28000", "FATAL", message, "ClientAuthentication"), 1000).kind).toBe("auth");
});

test("only a pooler refuses options: a server names the function that refuses", () => {
  expect(refusesOptions(said("08P01", "FATAL", "unsupported startup parameter: options"))).toBe(true);
  expect(refusesOptions(said("0A000", "FATAL", "RDS Proxy currently doesn't support …"))).toBe(true);
  expect(refusesOptions(said("28000", "FATAL", "no such user"))).toBe(false);
  for (const code of ["08P01", "0A000"])
    expect(refusesOptions(said(code, "FATAL", "unsupported", "ProcessStartupPacket"))).toBe(false);
});
