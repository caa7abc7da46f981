import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ParsedKey, utils } from "ssh2";
import { openKey } from "../../../src/services/secrets/key-thread.ts";
import { Secret } from "../../../src/text/secret.ts";
import { hasSshd, makeKey } from "../../support/servers/sshd.ts";
import { countTurns } from "../../support/terminal/turns.ts";

const folder = mkdtempSync(join(tmpdir(), "pgparade-keys-"));
afterAll(() => rmSync(folder, { recursive: true }));
const phrase = "open 'sesame'";

const parsed = (text: string, passphrase?: string): ParsedKey => {
  const key = utils.parseKey(text, passphrase);
  if (key instanceof Error) throw key;
  return key;
};
const opened = async (text: string) => {
  const { secret } = await openKey("ssh", text, new Secret(phrase));
  return parsed(secret?.reveal() ?? "");
};

describe.skipIf(!hasSshd)("opening a key with a passphrase (needs openssh-server)", () => {
  test.each([
    ["ed25519", []],
    ["rsa", []],
    ["rsa", ["-m", "PEM"]],
    ["ecdsa", ["-b", "256"]],
    ["ecdsa", ["-b", "384"]],
    ["ecdsa", ["-b", "521"]],
    ["ed25519", ["-Z", "aes256-gcm@openssh.com"]],
  ])("gives the key that is in the file: %s %p", async (type, options) => {
    const text = readFileSync(makeKey(folder, "key", phrase, type, options), "utf8");
    expect(utils.parseKey(text)).toBeInstanceOf(Error);
    const [key, expected] = [await opened(text), parsed(text, phrase)];
    expect(key.type).toBe(expected.type);
    expect(key.getPrivatePEM()).toBe(expected.getPrivatePEM());
    expect(key.getPublicSSH()).toEqual(expected.getPublicSSH());
  });

  test("another passphrase is told, and no secret is in what is told", async () => {
    const text = readFileSync(makeKey(folder, "locked", phrase), "utf8");
    expect(await openKey("ssh", text, new Secret("another"))).toEqual({
      secret: null,
      failed: false,
      why: "has another passphrase",
    });
    const { secret } = await openKey("ssh", text, new Secret(phrase));
    expect(Bun.inspect(secret)).toBe("***");
  });

  test("many that ask at once are answered by one thread, each for its own passphrase", async () => {
    const text = readFileSync(makeKey(folder, "shared", phrase), "utf8");
    const phrases = [phrase, "another", phrase, phrase, "another"];
    const answers = await Promise.all(phrases.map((each) => openKey("ssh", text, new Secret(each))));
    expect(answers.map(({ secret }) => secret !== null)).toEqual([true, false, true, true, false]);
    expect(new Set(answers).size).toBe(2);
    expect(await openKey("ssh", text, new Secret(phrase))).not.toBe(answers[0]);
  });

  test("the screen goes on in the meantime", async () => {
    const text = readFileSync(makeKey(folder, "slow", phrase, "ed25519", ["-a", "24"]), "utf8");
    const turns = countTurns();
    await opened(text);
    expect(turns()).toBeGreaterThan(20);
  });

  test("one that takes too long is given up", async () => {
    const text = readFileSync(makeKey(folder, "endless", phrase), "utf8");
    expect(await openKey("ssh", withManyRounds(text), new Secret(phrase))).toMatchObject({
      failed: true,
      why: "takes longer than 8 s to open",
    });
  });
});

/** A key's file with 16 million rounds of bcrypt, the work of days. They are in its options, after 16 bytes of salt. */
function withManyRounds(text: string): string {
  const [head = "", ...lines] = text.trim().split("\n");
  const bytes = Buffer.from(lines.slice(0, -1).join(""), "base64");
  bytes.writeUInt32BE(2 ** 24, bytes.indexOf("bcrypt") + "bcrypt".length + 4 + 4 + 16);
  return [head, bytes.toString("base64"), lines.at(-1), ""].join("\n");
}
