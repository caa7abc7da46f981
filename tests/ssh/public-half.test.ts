import { expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { publicHalf } from "../../src/ssh/public-half.ts";
import { unencryptedEd25519 } from "../../src/ssh/unencrypted-key.ts";

const half = Buffer.concat([
  Buffer.from("0000000b7373682d6564323535313900000020", "hex"),
  Buffer.alloc(32, 7),
]);
const pem = generateKeyPairSync("ed25519").privateKey.export({ format: "pem", type: "pkcs8" }).toString();
const text = unencryptedEd25519(half, pem);

test("the public half of a private key is read, at whatever length a line ends", () => {
  expect(publicHalf(text)).toEqual(half);
  expect(publicHalf(`\n${text.replaceAll("\n", "\r\n")}`)).toEqual(half);
});

test("what is cut short or of another form has none", () => {
  const [head = "", ...lines] = text.split("\n");
  const body = Buffer.from(lines.slice(0, -2).join(""), "base64");
  for (let length = 0; length < body.indexOf(half) + half.length; length++)
    expect(publicHalf([head, body.subarray(0, length).toString("base64"), "-----END"].join("\n"))).toBeNull();
  for (const other of ["", "x", pem, text.replace("OPENSSH", "RSA")]) expect(publicHalf(other)).toBeNull();
});
