import { chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";

export const openssl = Bun.which("openssl");

/** A self-signed certificate, its own authority, for one address; the files go with `remove`. */
export type Certificate = { readonly crt: string; readonly key: string; remove(): void };

const ecdsa = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];

/**
 * `name` is a subjectAltName such as "IP:127.0.0.1" or "DNS:db.example"; `kind` what openssl req needs for another
 * key or signature.
 */
export function selfSigned(name: string, kind: readonly string[] = ecdsa): Certificate {
  const folder = mkdtempSync(join(tmpdir(), "pgparade-tls-"));
  const [crt, key] = [join(folder, "server.crt"), join(folder, "server.key")];
  const request = ["req", "-x509", ...kind, "-nodes"];
  const subject = ["-subj", "/CN=pgparade test", "-addext", `subjectAltName=${name}`, "-days", "2"];
  Bun.spawnSync([openssl ?? "", ...request, ...subject, "-keyout", key, "-out", crt]);
  return { crt, key, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Has a running server offer TLS with this certificate from the next connection on. */
export async function offerTls(server: ThrowawayServer, certificate: Certificate): Promise<void> {
  const { account } = server.scratch.binaries;
  for (const [name, from] of [
    ["server.crt", certificate.crt],
    ["server.key", certificate.key],
  ] as const) {
    const file = join(server.dataDirectory, name);
    writeFileSync(file, readFileSync(from), { mode: 0o600 });
    if (account) chownSync(file, account.uid, account.gid);
  }
  await server.query("alter system set ssl = on");
  await server.query("select pg_catalog.pg_reload_conf()");
}
