/** One message of the protocol: its type, its length and its body (PostgreSQL documentation, "Message Formats"). */
export function message(type: string, body: Uint8Array | string): Buffer {
  const bytes = Buffer.from(body);
  const header = Buffer.alloc(5);
  header.write(type, "latin1");
  header.writeUInt32BE(4 + bytes.length, 1);
  return Buffer.concat([header, bytes]);
}

/** A DataRow. */
export function row(values: readonly (string | null)[]): Buffer {
  const parts = values.flatMap((value) =>
    value === null ? [int32(-1)] : [int32(Buffer.byteLength(value)), Buffer.from(value)],
  );
  return message("D", Buffer.concat([int16(values.length), ...parts]));
}

/** An authentication message: its number and what belongs to it. */
export function authentication(code: number, rest: Uint8Array | string = ""): Buffer {
  return message("R", Buffer.concat([int32(code), Buffer.from(rest)]));
}

/** A RowDescription of text columns. */
export function columns(names: readonly string[]): Buffer {
  const text = [int32(0), int16(0), int32(25), int16(-1), int32(-1), int16(0)];
  const fields = names.flatMap((name) => [Buffer.from(`${name}\0`), ...text]);
  return message("T", Buffer.concat([int16(names.length), ...fields]));
}

export const ready = message("Z", "I");

/** What a server says to a login that needs no password. */
export const loggedIn = Buffer.concat([
  authentication(0),
  message("S", "server_version\x0018.4\0"),
  message("K", Buffer.alloc(8, 1)),
  ready,
]);

/** What it says before the rows of a session's first question: of the transaction's begin, our settings, the question. */
export const beforeRows = Buffer.concat([
  ...[message("1", ""), message("2", ""), message("C", "BEGIN\0")],
  ...[message("1", ""), message("2", ""), message("C", "SELECT 8\0")],
  ...[message("1", ""), message("2", "")],
]);

/** The body of an error or a notice: texts by their field's letter. */
export function errorFields(fields: Readonly<Record<string, string>>): string {
  const texts = Object.entries(fields).map(([letter, text]) => `${letter}${text}\0`);
  return `${texts.join("")}\0`;
}

export function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
