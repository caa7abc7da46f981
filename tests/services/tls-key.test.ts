import { expect, test } from "bun:test";
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clientCertificate } from "../../src/services/wire/tls-files.ts";
import { tlsOptions } from "../../src/services/wire/tls-options.ts";
import { nodeSettings } from "../support/servers/node-settings.ts";
import { Authority } from "../support/tls/authority.ts";

test("a private key that others may read is refused by name, as libpq does", async () => {
  const folder = mkdtempSync(join(tmpdir(), "pgparade-key-"));
  const sslkey = join(folder, "client.key");
  writeFileSync(sslkey, "a key");
  const sslcert = join(folder, "client.crt");
  writeFileSync(sslcert, "-----BEGIN CERTIFICATE-----");
  const { connection } = nodeSettings({ name: "a", port: 1 }, { connection: { sslcert, sslkey } });
  const taken = (mode: number) => {
    chmodSync(sslkey, mode);
    return clientCertificate(connection, null).then(String, ({ message }: Error) => message);
  };
  expect(await taken(0o644)).toBe(`the key ${sslkey} may be used by others`);
  expect(await taken(0o660)).toContain("may be used by others");
  expect(await taken(0o600)).toContain("holds no private key");
  if (process.getuid?.() === 0) {
    expect(await taken(0o640)).toContain("holds no private key");
    chownSync(sslkey, 65_534, 65_534);
    expect(await taken(0o640)).toContain("may be used by others");
  }
  rmSync(folder, { recursive: true });
});

test("a byte-order mark before a certificate or a key is skipped", async () => {
  const authority = new Authority("ours");
  const ann = authority.sign({ name: "ann" });
  for (const path of [authority.crt, ann.crt, ann.key])
    writeFileSync(path, `\uFEFF${readFileSync(path, "utf8")}`, { mode: 0o600 });
  const files = { sslrootcert: authority.crt, sslcert: ann.crt, sslkey: ann.key };
  const { connection } = nodeSettings({ name: "a", port: 1 }, { connection: files });
  expect((await tlsOptions(connection, null)).rejectUnauthorized).toBe(true);
  authority.remove();
});
