import { expect, test } from "bun:test";
import { MessageGuard } from "../../src/services/wire/message-guard.ts";
import { errorFields, message, row } from "../support/servers/messages.ts";

const login = Buffer.concat([
  message("R", Buffer.alloc(4)),
  message("S", Buffer.alloc(20)),
  message("K", Buffer.alloc(8)),
  message("Z", "I"),
]);
const answer = Buffer.concat([
  message("T", Buffer.alloc(30)),
  row(["a".repeat(4000), null, ""]),
  row([]),
  message("N", errorFields({ S: "NOTICE", M: "" })),
  message("C", "SELECT 2\0"),
  message("Z", "I"),
]);

test("a session is accepted however its bytes are cut", () => {
  const whole = Buffer.concat([login, answer, answer]);
  for (const step of [1, 2, 3, 5, 7, 4096, whole.length]) {
    const guard = new MessageGuard();
    for (let at = 0; at < whole.length; at += step)
      expect(guard.refusal(whole.subarray(at, at + step))).toBeNull();
  }
});

const nonsense = "the answer is not a message of PostgreSQL's protocol";

test.each([
  ["an HTTP server", Buffer.from("HTTP/1.1 400 Bad Request\r\n")],
  ["an SSH server", Buffer.from("SSH-2.0-OpenSSH_9.2\r\n")],
  ["a row before the login", row([])],
  ["a length that does not count itself", Buffer.from([0x52, 0, 0, 0, 3])],
  ["a length of 2 GiB", Buffer.from([0x52, 0x7f, 0xff, 0xff, 0xff])],
  ["a question for a password of 2 kB", message("R", Buffer.alloc(2000))],
])("%s is refused at the login", (_, bytes) => {
  expect(new MessageGuard().refusal(bytes)?.message).toBe(nonsense);
});

test.each([
  ["zeroes", Buffer.alloc(64)],
  ["the start of a copy", message("H", Buffer.alloc(3))],
  ["an HTTP answer", Buffer.from("HTTP/1.1 503 Service Unavailable\r\n")],
  ["a length of 0", Buffer.from([0x44, 0, 0, 0, 0])],
  ["a row without a count", message("D", "")],
  ["a row with fewer values than it counts", message("D", Buffer.from([0, 2, 255, 255, 255, 255]))],
  ["a row with more", message("D", Buffer.from([0, 1, 255, 255, 255, 255, 0]))],
  ["a row with a value that ends behind it", message("D", Buffer.from([0, 1, 0, 0, 0, 9, 65]))],
  ["a row with a value of -2 bytes", message("D", Buffer.from([0, 1, 255, 255, 255, 254]))],
  // On either of these two the driver would look for the end until the program is killed.
  ["an error without an end", message("E", "SERROR\0")],
  ["a notice whose text has no end", message("N", "SNOTICE\0Mhello")],
  ["an error that goes on behind its end", message("E", "SERROR\0\0x")],
])("%s is refused in the middle of a session, in one piece or in many", (_, bytes) => {
  for (const step of [1, bytes.length]) {
    const guard = new MessageGuard();
    expect(guard.refusal(Buffer.concat([login, answer]))).toBeNull();
    const said = Array.from({ length: bytes.length / step }, (_unused, at) =>
      guard.refusal(bytes.subarray(at * step, (at + 1) * step)),
    );
    expect(said.find((refusal) => refusal !== null)?.message).toBe(nonsense);
  }
});

test("an answer without an end is refused before it fills the memory", () => {
  const guard = new MessageGuard();
  const megabyte = row(["x".repeat(2 ** 20)]);
  guard.refusal(login);
  for (let megabytes = 0; megabytes < 7; megabytes += 1) expect(guard.refusal(megabyte)).toBeNull();
  expect(guard.refusal(message("Z", "I"))).toBeNull();
  let accepted = 0;
  while (guard.refusal(megabyte) === null) accepted += 1;
  expect(accepted).toBe(7);
});

test.each([
  ["50000 rows", row([]), 50_000],
  ["250000 values", row(Array.from({ length: 1000 }, () => null)), 250],
])("an answer may have %s and no more", (limit, one, most) => {
  const guard = new MessageGuard();
  guard.refusal(login);
  const all = Buffer.concat(Array.from({ length: most }, () => one));
  expect(guard.refusal(all)).toBeNull();
  expect(guard.refusal(message("Z", "I"))).toBeNull();
  expect(guard.refusal(all)).toBeNull();
  expect(guard.refusal(one)?.message).toBe(`an answer of more than ${limit}`);
});

test("a row that would fill the memory is refused at its header", () => {
  const guard = new MessageGuard();
  guard.refusal(login);
  const header = Buffer.from([0x44, 0x3f, 0xff, 0xff, 0xff]);
  expect(guard.refusal(header)?.message).toBe("a row of more than 4 MiB");
});

test.each(["N", "S", "A"])("ten thousand %p unasked for are enough", (type) => {
  const guard = new MessageGuard();
  guard.refusal(login);
  const one = message(type, type === "N" ? errorFields({ S: "NOTICE" }) : "a\0b\0");
  const many = Buffer.concat(Array.from({ length: 10_000 }, () => one));
  expect(guard.refusal(many)).toBeNull();
  expect(guard.refusal(message("Z", "I"))).toBeNull();
  expect(guard.refusal(many)).toBeNull();
  expect(guard.refusal(one)?.message).toBe("more than 10000 notices with an answer");
});

test("the driver is given the severity that is not translated, however its bytes are cut", () => {
  const fields = { S: "FEHLER", V: "ERROR", C: "22012", M: "Via" };
  for (const step of [1, 2, 3, 1000]) {
    const bytes = Buffer.concat([login, message("E", errorFields(fields))]);
    const guard = new MessageGuard();
    for (let at = 0; at < bytes.length; at += step)
      expect(guard.refusal(bytes.subarray(at, at + step))).toBeNull();
    expect(bytes.subarray(login.length + 5).toString()).toBe("SFEHLER\0SERROR\0C22012\0MVia\0\0");
  }
});
