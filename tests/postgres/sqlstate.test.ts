import { expect, test } from "bun:test";
import { NodeFailure, nodeError } from "../../src/postgres/node-error.ts";
import { toNodeError } from "../../src/postgres/sqlstate.ts";
import { knowSecret } from "../../src/text/known-secrets.ts";
import { Secret } from "../../src/text/secret.ts";

const failure = (code: string, message = "m") => Object.assign(new Error(message), { code });

test.each([
  [failure("ECONNREFUSED"), "refused"],
  [failure("ENOTFOUND"), "dns"],
  [failure("ECONNRESET"), "lost"],
  [failure("28P01"), "auth"],
  [failure("57P03", "the database system is starting up"), "starting"],
  [failure("57P03", "the database system is not accepting connections"), "starting"],
  [failure("57P03", "le système de bases de données s'arrête"), "starting"],
  [failure("57P01"), "shutting-down"],
  [failure("53300"), "too-many-connections"],
  [failure("42501"), "privilege"],
  [failure("57014"), "timeout"],
  [failure("08P01"), "pooler"],
  [failure("CERT_HAS_EXPIRED"), "tls"],
  [new Error("The server does not support SSL connections"), "tls"],
  [new Error("Connection terminated unexpectedly"), "lost"],
  [new Error("timeout expired"), "timeout"],
  [new Error("SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string"), "auth"],
  [new RangeError("Out of bounds access"), "protocol"],
  [new AggregateError([failure("ECONNREFUSED")], ""), "refused"],
  [new NodeFailure(nodeError("tunnel", "x")), "tunnel"],
  ["a string", "other"],
  [null, "other"],
] as const)("%p is of kind %s", (cause, kind) => {
  expect(toNodeError(cause).kind).toBe(kind);
});

test.each(["timeout expired", "SASL", "Connection terminated", "no SSL", "Out of bounds message"])(
  "a server that gives no SQLSTATE is no server, whatever it says: %p",
  (message) => {
    const said = Object.assign(new Error(message), { severity: "FATAL", code: undefined });
    expect(toNodeError(said).kind).toBe("protocol");
  },
);

test("what a server gives as SQLSTATE is not a socket's code, and only a pooler names no function", () => {
  const said = (code: string, routine?: string) =>
    Object.assign(new Error("m"), { severity: "FATAL", code, routine });
  expect(toNodeError(said("EPIPE", "f"))).toMatchObject({ kind: "other", sqlstate: "EPIPE" });
  expect(toNodeError(said("08P01")).kind).toBe("pooler");
  expect(toNodeError(said("08P01", "exec_bind_message")).kind).toBe("lost");
});

test("a statement that writes is told from what no standby does, by the server's function", () => {
  const said = (routine: string) =>
    toNodeError(Object.assign(failure("25006"), { severity: "ERROR", routine }));
  expect(said("PreventCommandIfReadOnly")).toMatchObject({
    ...{ kind: "read-only", hint: expect.stringContaining("writes") },
  });
  expect(said("PreventCommandDuringRecovery").kind).toBe("in-recovery");
});

test("the server's own hint wins over ours", () => {
  const error = toNodeError(Object.assign(failure("42501"), { hint: "ask the owner" }));
  expect(error.hint).toBe("ask the owner");
});

test("a server's DETAIL is shown where it says why, and not where it repeats values", () => {
  const detailOf = (code: string) => {
    const said = { severity: "ERROR", routine: "f", detail: "Key (mail)=(a@b.c) exists." };
    return toNodeError(Object.assign(failure(code, "x"), said)).detail;
  };
  for (const code of ["28000", "3D000", "40P01", "42501", "53300", "55006", "57P03"])
    expect(detailOf(code)).toBeDefined();
  for (const code of ["22P02", "23505", "P0001", "XX000"]) expect(detailOf(code)).toBeUndefined();
});

test("a password that is a word of ours is masked in what others say, and not in what we add", () => {
  const secret = new Secret("another");
  knowSecret(secret);
  const said = { severity: "FATAL", routine: "InitProcess", detail: "it is another", hint: "not another" };
  for (const cause of [
    Object.assign(failure("42501", "no another"), said),
    failure("EOTHER", "no another"),
    new Error("no another timeout"),
    new Error("SASL: no another"),
    "no another",
  ]) {
    const { message, detail, hint } = toNodeError(cause);
    expect(message).toContain("***");
    expect(`${message} ${detail} ${hint}`).not.toContain("another");
  }
  // The code is none of their words.
  const advice = toNodeError(Object.assign(failure("53300", "x"), { ...said, hint: undefined })).hint;
  expect(advice).toBe("All connection slots are taken: see max_connections.");
  expect(toNodeError(Object.assign(failure("57P02", "x"), { ...said, hint: undefined })).hint).toContain(
    "Another",
  );
  expect(secret.reveal()).toBe("another");
});
