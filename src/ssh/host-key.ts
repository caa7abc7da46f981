import { createHash } from "node:crypto";

/** The public key of an SSH host: its type, such as ssh-ed25519, and the key in base64 as known_hosts has it. */
export type HostKey = { readonly type: string; readonly base64: string };

/** From the wire (RFC 4253, section 6.6): the length of the type in four bytes, the type, the rest. */
export function hostKeyOf(wire: Uint8Array): HostKey {
  const bytes = Buffer.from(wire);
  const length = bytes.length < 4 ? 0 : bytes.readUInt32BE(0);
  return { type: bytes.subarray(4, 4 + length).toString("latin1"), base64: bytes.toString("base64") };
}

/** As ssh and ssh-keygen print it: `SHA256:` and base64 without padding. */
export function fingerprint({ base64 }: HostKey): string {
  const hash = createHash("sha256").update(Buffer.from(base64, "base64")).digest("base64");
  return `SHA256:${hash.replace(/=+$/, "")}`;
}
