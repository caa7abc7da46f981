import { expect, test } from "bun:test";
import { Secret } from "../../../src/text/secret.ts";
import { changed } from "./edited.ts";

test("the passphrase of a key leaves the file as a password does, and neither for the other", () => {
  const keyPassphrase = new Secret("new one");
  const file = "nodes:\n  a:\n    host: a\n    password: 'pw'\n    sslpassword: 'old'\n";
  const none = file.replace("    sslpassword: 'old'\n", "");
  expect(changed(file, "a", { keyPassphrase, passwordPlace: "keyring" })).toBe(none);
  expect(changed(file, "a", { keyPassphrase, passwordPlace: "none" })).toBe(none);
  expect(changed(file, "a", { passwordPlace: "kept" })).toBe(file);
  expect(changed(file, "a", { keyPassphrase, passwordPlace: "file" })).toBe(
    file.replace("'old'", '"new one"'),
  );
  const elsewhere = "nodes:\n  a:\n    host: a\n    password_env: PW\n    sslpassword_env: KEY\n";
  expect(changed(elsewhere, "a", { keyPassphrase, passwordPlace: "keyring" })).toBe(
    elsewhere.replace("    sslpassword_env: KEY\n", ""),
  );
  const string = "nodes:\n  a: 'host=a sslpassword=old'\n";
  expect(changed(string, "a", { group: "shop" })).toContain("sslpassword=old");
  expect(changed(string, "a", { keyPassphrase, passwordPlace: "keyring" })).toBe("nodes:\n  a: 'host=a'\n");
});
