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

/** The body of an error or a notice: texts by their field's letter. */
export function errorFields(fields: Readonly<Record<string, string>>): string {
  const texts = Object.entries(fields).map(([letter, text]) => `${letter}${text}\0`);
  return `${texts.join("")}\0`;
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
