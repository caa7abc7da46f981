import { connect } from "node:net";
import { type FakeServer, serve } from "./fake-server.ts";
import { int16, int32, message } from "./messages.ts";

/** What becomes of a value in a row of so many. */
export type Lie = (value: Buffer | null, values: number) => Buffer | null;

/** A real server behind somebody who changes every value of every row. */
export function lyingServer(port: number, lie: Lie): Promise<FakeServer> {
  return serve((client) => {
    const server = connect(port, "127.0.0.1");
    let rest: Buffer = Buffer.alloc(0);
    server.on("data", (bytes: Buffer) => {
      rest = Buffer.concat([rest, bytes]);
      while (rest.length >= 5 && rest.length > rest.readUInt32BE(1)) {
        const end = 1 + rest.readUInt32BE(1);
        const one = rest.subarray(0, end);
        client.write(one[0] === row ? changed(one, lie) : one);
        rest = rest.subarray(end);
      }
    });
    client.on("data", (bytes: Buffer) => server.write(bytes));
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      one.on("error", () => {});
      one.on("close", () => other.destroy());
    }
  });
}

const [row] = Buffer.from("D");

function changed(dataRow: Buffer, lie: Lie): Buffer {
  const count = dataRow.readInt16BE(5);
  const parts = [int16(count)];
  for (let column = 0, at = 7; column < count; column += 1) {
    const length = dataRow.readInt32BE(at);
    at += 4;
    const value = lie(length < 0 ? null : dataRow.subarray(at, at + length), count);
    at += Math.max(0, length);
    parts.push(int32(value?.length ?? -1), value ?? Buffer.alloc(0));
  }
  return message("D", Buffer.concat(parts));
}

const always =
  (text: string | Uint8Array): Lie =>
  () =>
    Buffer.from(text);

/** Changes the text of a value. */
const edited =
  (edit: (text: string) => string): Lie =>
  (value) =>
    value && Buffer.from(edit(value.toString("latin1")), "latin1");

/** Lies that are values of every kind. */
export const smooth: Readonly<Record<string, Lie>> = {
  "that all is null": () => null,
  "that all is zero": always("0"),
  "that all is less than nothing": always("-1"),
  "that all is beyond numbers": always("9".repeat(400)),
  "with nines for digits": edited((text) => text.replace(/\d/g, "9")),
};

/** Lies that no number is. */
export const crude: Readonly<Record<string, Lie>> = {
  "in words": always("lies"),
  "that all is not a number": always("NaN"),
  "that all is without an end": always("Infinity"),
  "at length": always("x".repeat(5000)),
  "with escapes": always("\u001b[2J\u001b]0;owned\u0007\u202e\u0000"),
  "without UTF-8": always(Buffer.from([0xff, 0xfe, 0xc0, 0x80])),
  "with WAL positions": always("FFFFFFFFF/FFFFFFFFF"),
  "in braces": always("{{{}"),
  "about the time": always("294276-12-31 23:59:59.999999+00"),
};
