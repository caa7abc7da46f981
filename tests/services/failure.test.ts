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
  [3999, 4000, 5000, "cancelled", "annulation de la requête"],
  [4000, 4000, 5000, "timeout", "annulation de la requête"],
  [9000, 0, 10_000, "cancelled", "annulation de la requête"],
  [2000, 4000, 2000, "timeout", "no answer in 2 s"],
  [2000, 0, 2000, "timeout", "no answer in 2 s"],
] as const)(
  "a statement that ended after %d ms, with a statement_timeout of %d and a deadline of %d, is %s in any language",
  (ms, statementTimeoutMs, deadlineMs, kind, message) => {
    const cause = said("57014", "ERROR", "annulation de la requête", "ProcessInterrupts");
    const error = answerError(cause, ms, { deadlineMs, statementTimeoutMs });
    expect(error).toMatchObject({ kind, message, sqlstate: "57014" });
  },
);

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
