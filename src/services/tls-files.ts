import { createPrivateKey } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { ConnectionParameters } from "../postgres/conninfo.ts";
import { NodeFailure, nodeError } from "../postgres/sqlstate.ts";

/** The text of a PEM file that is named, or of libpq's own for it (libpq, "SSL Client File Usage") when that exists. */
function read(named: string | null, usual: string): { readonly path: string; readonly bytes: Buffer } | null {
  const path = named ?? join(process.env["HOME"] || homedir(), ".postgresql", usual);
  try {
    // Reading a pipe would wait for its writer.
    if (!statSync(path).isFile()) throw refused(`${path} is no plain file`, checkPaths);
    return { path, bytes: readFileSync(path) };
  } catch (cause) {
    if (cause instanceof NodeFailure) throw cause;
    const why = cause instanceof Error && "code" in cause ? cause.code : "error";
    if (named === null && (why === "ENOENT" || why === "ENOTDIR")) return null;
    throw refused(`cannot read ${path} (${why})`, checkPaths);
  }
}

const checkPaths = "Check the paths of sslrootcert, sslcert, sslkey and sslcrl.";

/** The authorities that may vouch for the server; null when there are none, so that nothing can be verified. */
export function rootCertificates({ sslrootcert }: ConnectionParameters): Buffer | null {
  return read(sslrootcert, "root.crt")?.bytes ?? null;
}

/** Certificate and key that we show to a server that asks; null when there are none. The key is decrypted. */
export function clientCertificate(server: ConnectionParameters): { cert: Buffer; key: string } | null {
  if (server.sslcertmode === "disable") return null;
  const certificate = read(server.sslcert, "postgresql.crt");
  if (!certificate) return null;
  const key = read(server.sslkey, "postgresql.key");
  if (!key)
    throw refused(`there is no key for the certificate ${certificate.path}`, "Set sslkey to its file.");
  refuseSharedKey(key.path);
  return { cert: certificate.bytes, key: decrypted(key.path, key.bytes, server.sslpassword?.reveal()) };
}

/** libpq's rule ("Client Certificates"): 0600 or less, or 0640 when root owns the key and a group may use it. */
function refuseSharedKey(file: string): void {
  const { mode, uid } = statSync(file);
  if ((mode & (uid === 0 ? 0o027 : 0o077)) !== 0)
    throw refused(`the key ${file} may be used by others`, "Take their access away: chmod 600.");
}

/** PEM or, like libpq since 14, DER; the passphrase counts for what is encrypted only. */
function decrypted(path: string, bytes: Buffer, passphrase: string | undefined): string {
  const isPem = bytes.includes("-----BEGIN");
  const isEncrypted =
    isPem && /^-----BEGIN ENCRYPTED|^Proc-Type: 4,ENCRYPTED/m.test(bytes.toString("latin1"));
  if (isEncrypted && passphrase === undefined)
    throw refused(`the key ${path} is encrypted`, "Set sslpassword.");
  for (const type of isPem ? (["pem"] as const) : (["pkcs8", "sec1", "pkcs1"] as const)) {
    try {
      const key =
        type === "pem"
          ? createPrivateKey({ key: bytes, format: "pem", ...(isEncrypted && { passphrase }) })
          : createPrivateKey({ key: bytes, format: "der", type });
      return key.export({ type: "pkcs8", format: "pem" }).toString();
    } catch {
      // The next form may fit.
    }
  }
  throw isEncrypted
    ? refused(`sslpassword does not open the key ${path}`, "Check sslpassword.")
    : refused(`${path} holds no private key`, "Set sslkey to the file of a key in PEM or DER form.");
}

/** The lists of certificates that their authority took back. */
export function revocationLists({ sslcrl, sslcrldir }: ConnectionParameters): string[] {
  const usual = sslcrldir === null ? read(sslcrl, "root.crl") : sslcrl && read(sslcrl, "");
  const texts = usual ? [usual.bytes.toString("latin1")] : [];
  if (sslcrldir !== null)
    for (const name of listFolder(sslcrldir))
      if (/^[0-9a-f]{8}\.r\d+$/.test(name))
        texts.push(read(join(sslcrldir, name), "")?.bytes.toString("latin1") ?? "");
  return texts.flatMap((text) => text.match(/-----BEGIN X509 CRL-----[\s\S]*?-----END X509 CRL-----/g) ?? []);
}

function listFolder(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    throw refused(`cannot read the folder ${path}`, "Check the path of sslcrldir.");
  }
}

function refused(message: string, hint: string): NodeFailure {
  return new NodeFailure(nodeError("tls", message, hint));
}
