/**
 * The public half of a private key in OpenSSH's format as it is on the wire; it is in clear, whatever the passphrase
 * (OpenSSH, PROTOCOL.key). Null for a text of another form.
 */
export function publicHalf(text: string): Uint8Array | null {
  const [, body] =
    /^-----BEGIN OPENSSH PRIVATE KEY-----\s+([A-Za-z\d+/=\s]+)-----END/.exec(text.trimStart()) ?? [];
  const bytes = Buffer.from(body ?? "", "base64");
  const magic = "openssh-key-v1\0";
  if (bytes.subarray(0, magic.length).toString("latin1") !== magic) return null;
  // The names of the cipher and of the function that makes its key, the options of that, the number of keys.
  let at = magic.length;
  for (let strings = 0; strings < 3; strings++) at += 4 + lengthAt(bytes, at);
  at += 4;
  const half = bytes.subarray(at + 4, at + 4 + lengthAt(bytes, at));
  return half.length > 0 && half.length === lengthAt(bytes, at) ? half : null;
}

/** A length on the wire, in bytes; 0 beyond the end. */
function lengthAt(bytes: Buffer, at: number): number {
  return at + 4 <= bytes.length ? bytes.readUInt32BE(at) : 0;
}
