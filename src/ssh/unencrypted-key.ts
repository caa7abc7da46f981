/**
 * A private key of Ed25519 in OpenSSH's format without a passphrase (OpenSSH, PROTOCOL.key), with no comment.
 * `publicBlob` is the public key on the wire (RFC 8709, section 4), `pem` the private key in PKCS #8 (RFC 8410, section 7).
 */
export function unencryptedEd25519(publicBlob: Uint8Array, pem: string): string {
  const body = pem.replaceAll(/^-.*$/gm, "");
  const seed = Buffer.from(body, "base64").subarray(-32);
  const point = publicBlob.subarray(-32);
  // Two equal numbers show that a passphrase fits; here there is none.
  const check = uint32(0);
  const secret = Buffer.concat([check, check, publicBlob, string(Buffer.concat([seed, point])), string("")]);
  const padding = Array.from({ length: -secret.length & 7 }, (_, place) => place + 1);
  const parts = [
    Buffer.from("openssh-key-v1\0"),
    ...["none", "none", ""].map(string),
    uint32(1),
    string(publicBlob),
    string(Buffer.concat([secret, Buffer.from(padding)])),
  ];
  const lines =
    Buffer.concat(parts)
      .toString("base64")
      .match(/.{1,70}/g) ?? [];
  return ["-----BEGIN OPENSSH PRIVATE KEY-----", ...lines, "-----END OPENSSH PRIVATE KEY-----", ""].join(
    "\n",
  );
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** RFC 4251, section 5: its length in four bytes, then itself. */
function string(value: string | Uint8Array): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint32(bytes.length), bytes]);
}
