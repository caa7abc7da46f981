import { connect } from "node:net";
import { type FakeServer, serve } from "./fake-server.ts";
import { int16, int32, message } from "./messages.ts";

/** What becomes of a value in a row of so many. */
export type Lie = (value: Buffer | null, values: number) => Buffer | null;

/** A real server behind somebody who changes every value of every row. */
export function lyingServer(port: number, lie: Lie): Promise<FakeServer> {
  return changing(port, () => (one) => (one[0] === row ? changed(one, lie) : one));
}

/** A real server behind somebody who leaves a column out of every answer. */
export function serverWithout(port: number, name: string): Promise<FakeServer> {
  return changing(port, () => {
    let at = -1;
    return (one) => {
      if (one[0] === description) {
        const fields = fieldsOf(one);
        at = fields.findIndex((field) => field.subarray(0, field.indexOf(0)).toString() === name);
        return at < 0 ? one : message("T", withoutOne(fields, at));
      }
      return at < 0 || one[0] !== row ? one : message("D", withoutOne(valuesOf(one), at));
    };
  });
}

/** Lets the client's bytes through, and the server's messages as they are changed, with a changer for each connection. */
function changing(port: number, changer: () => (one: Buffer) => Buffer): Promise<FakeServer> {
  return serve((client) => {
    const change = changer();
    const server = connect(port, "127.0.0.1");
    let rest: Buffer = Buffer.alloc(0);
    server.on("data", (bytes: Buffer) => {
      rest = Buffer.concat([rest, bytes]);
      while (rest.length >= 5 && rest.length > rest.readUInt32BE(1)) {
        const end = 1 + rest.readUInt32BE(1);
        client.write(change(rest.subarray(0, end)));
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

const [description] = Buffer.from("T");

function withoutOne(parts: readonly Buffer[], at: number): Buffer {
  return Buffer.concat([int16(parts.length - 1), ...parts.filter((_, index) => index !== at)]);
}

/** The columns of a RowDescription: a name with its zero, and 18 bytes. */
function fieldsOf(one: Buffer): Buffer[] {
  const fields: Buffer[] = [];
  for (let at = 7; at < one.length; ) {
    const end = one.indexOf(0, at) + 1 + 18;
    fields.push(one.subarray(at, end));
    at = end;
  }
  return fields;
}

/** The values of a DataRow: each a length and as many bytes. */
function valuesOf(one: Buffer): Buffer[] {
  const values: Buffer[] = [];
  for (let at = 7; at < one.length; ) {
    const end = at + 4 + Math.max(0, one.readInt32BE(at));
    values.push(one.subarray(at, end));
    at = end;
  }
  return values;
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
  "with nines for noughts": edited((text) => text.replace(/0/g, "9")),
};

/** Lies that no server tells: what is missing, impossible or no number. */
export const crude: Readonly<Record<string, Lie>> = {
  "that all is null": () => null,
  "that all is zero": always("0"),
  "that all is less than nothing": always("-1"),
  "that all is beyond numbers": always("9".repeat(400)),
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
