import { expect, test } from "bun:test";
import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { utils } from "ssh2";
import { unencryptedEd25519 } from "../../src/ssh/unencrypted-key.ts";

test("a key of Ed25519 is the same in OpenSSH's format", () => {
  for (let round = 0; round < 20; round++) {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    const point = publicKey.export({ format: "der", type: "spki" }).subarray(-32);
    const head = Buffer.from("0000000b7373682d6564323535313900000020", "hex");
    const pem = privateKey.export({ format: "pem", type: "pkcs8" }).toString();
    const read = utils.parseKey(unencryptedEd25519(Buffer.concat([head, point]), pem));
    if (read instanceof Error) throw read;
    expect(read.type).toBe("ssh-ed25519");
    expect(createPrivateKey(read.getPrivatePEM()).equals(privateKey)).toBe(true);
    expect(read.getPublicSSH().subarray(-32)).toEqual(point);
  }
});
