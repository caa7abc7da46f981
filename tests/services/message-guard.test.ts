import { expect, test } from "bun:test";
import { MessageGuard } from "../../src/services/message-guard.ts";

/** A message with a body of zeroes. */
function message(type: string, bodyLength: number): Buffer {
  const bytes = Buffer.alloc(5 + bodyLength);
  bytes.write(type);
  bytes.writeUInt32BE(4 + bodyLength, 1);
  return bytes;
}

const login = Buffer.concat([message("R", 4), message("S", 20), message("K", 8), message("Z", 1)]);
const answer = Buffer.concat([message("T", 30), message("D", 4000), message("C", 9), message("Z", 1)]);

test("a session is accepted however its bytes are cut", () => {
  const whole = Buffer.concat([login, answer, answer]);
  for (const step of [1, 2, 3, 5, 7, 4096, whole.length]) {
    const guard = new MessageGuard();
    for (let at = 0; at < whole.length; at += step)
      expect(guard.accepts(whole.subarray(at, at + step))).toBe(true);
  }
});

test.each([
  ["an HTTP server", Buffer.from("HTTP/1.1 400 Bad Request\r\n")],
  ["an SSH server", Buffer.from("SSH-2.0-OpenSSH_9.2\r\n")],
  ["a row before the login", message("D", 4)],
  ["a length that does not count itself", Buffer.from([0x52, 0, 0, 0, 3])],
  ["a length of 2 GiB", Buffer.from([0x52, 0x7f, 0xff, 0xff, 0xff])],
])("%s is refused at the login", (_, bytes) => {
  expect(new MessageGuard().accepts(bytes)).toBe(false);
});

test.each([
  ["zeroes", Buffer.alloc(64)],
  ["the start of a copy", message("H", 3)],
  ["an HTTP answer", Buffer.from("HTTP/1.1 503 Service Unavailable\r\n")],
  ["a length of 0", Buffer.from([0x44, 0, 0, 0, 0])],
])("%s is refused in the middle of a session", (_, bytes) => {
  const guard = new MessageGuard();
  expect(guard.accepts(Buffer.concat([login, answer]))).toBe(true);
  expect(guard.accepts(bytes)).toBe(false);
});

test("an answer without an end is refused before it fills the memory", () => {
  const guard = new MessageGuard();
  const row = message("D", 2 ** 20);
  guard.accepts(login);
  for (let megabytes = 0; megabytes < 63; megabytes += 1) expect(guard.accepts(row)).toBe(true);
  expect(guard.accepts(message("Z", 1))).toBe(true);
  let accepted = 0;
  while (guard.accepts(row)) accepted += 1;
  expect(accepted).toBe(63);
});
