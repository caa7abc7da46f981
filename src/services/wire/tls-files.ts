import { createPrivateKey, type KeyObject, type PrivateKeyInput } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { ConnectionParameters } from "../../postgres/conninfo/conninfo.ts";
import { NodeFailure, nodeError } from "../../postgres/node-error.ts";
import type { Secret } from "../../text/secret.ts";

type File = { readonly path: string; readonly bytes: Buffer };

/** A file that is named, or libpq's own for the purpose when that is there (libpq, "SSL Client File Usage"). */
function read(named: string | null, usual: string): File | null {
  const path = named ?? join(process.env["HOME"] || homedir(), ".postgresql", usual);
  const found = tryToRead(path);
  if (found instanceof Buffer) return { path, bytes: withoutMark(found) };
  if (named === null && (found === "ENOENT" || found === "ENOTDIR")) return null;
  throw refused(`cannot read ${path} (${found})`, checkPaths);
}

const checkPaths = "Check the paths of sslrootcert, sslcert, sslkey, sslcrl and sslcrldir.";

/** Some editors begin a file with a byte-order mark, which OpenSSL 3 skips and the runtime's TLS does not. */
function withoutMark(bytes: Buffer): Buffer {
  return bytes.indexOf("\uFEFF") === 0 ? bytes.subarray(3) : bytes;
}

/** The bytes, or the system's code for why there are none. */
function tryToRead(path: string): Buffer | string {
  try {
    // Reading a pipe would wait for its writer.
    return statSync(path).isFile() ? readFileSync(path) : "not a plain file";
  } catch (cause) {
    return cause instanceof Error && "code" in cause ? String(cause.code) : "error";
  }
}

/** The authorities that may vouch for the server; null when there are none, so that nothing can be verified. */
export function rootCertificates({ sslrootcert }: ConnectionParameters): Buffer | null {
  const file = read(sslrootcert, "root.crt");
  if (file) refuseWithoutCertificate(file, "sslrootcert is a file of certificates in PEM form.");
  return file?.bytes ?? null;
}

function refuseWithoutCertificate({ path, bytes }: File, hint: string): void {
  if (!/^-----BEGIN (TRUSTED |X509 )?CERTIFICATE-----/m.test(bytes.toString("latin1")))
    throw refused(`${path} holds no certificate`, hint);
}

/** Our key when it is encrypted. */
export type LockedKey = { readonly path: string; readonly text: string };

/** Null when there is nothing to open. */
export function lockedKey({ sslcertmode, sslcert, sslkey }: ConnectionParameters): LockedKey | null {
  if (sslcertmode === "disable" || !read(sslcert, "postgresql.crt")) return null;
  const key = read(sslkey, "postgresql.key");
  if (!key || !isEncrypted(key)) return null;
  return { path: key.path, text: key.bytes.toString("latin1") };
}

function isEncrypted({ bytes }: File): boolean {
  return /^-----BEGIN ENCRYPTED|^Proc-Type: 4,ENCRYPTED/m.test(bytes.toString("latin1"));
}

/** Certificate and key that we show to a server that asks; null when there are none. `opened` is the {@link lockedKey}. */
export function clientCertificate(
  server: ConnectionParameters,
  opened: Secret | null,
): { cert: Buffer; key: string } | null {
  if (server.sslcertmode === "disable") return null;
  const certificate = read(server.sslcert, "postgresql.crt");
  if (!certificate) return null;
  refuseWithoutCertificate(certificate, "sslcert is a file of a certificate in PEM form.");
  const key = read(server.sslkey, "postgresql.key");
  if (!key)
    throw refused(`there is no key for the certificate ${certificate.path}`, "Set sslkey to its file.");
  refuseSharedKey(key.path);
  return { cert: certificate.bytes, key: opened?.reveal() ?? unencrypted(key) };
}

/** libpq's rule ("Client Certificates"): 0600 or less, or 0640 when root owns the key and a group may use it. */
function refuseSharedKey(file: string): void {
  const { mode, uid } = statSync(file);
  if ((mode & (uid === 0 ? 0o027 : 0o077)) !== 0)
    throw refused(`the key ${file} may be used by others`, "Take their access away: chmod 600.");
}

/** PEM or, like libpq since 14, DER. */
function unencrypted(file: File): string {
  const { path, bytes } = file;
  if (isEncrypted(file)) throw refused(`the key ${path} is encrypted`, "Set sslpassword.");
  const key = bytes.includes("-----BEGIN")
    ? parsed({ key: bytes, format: "pem" })
    : (["pkcs8", "sec1", "pkcs1"] as const)
        .map((type) => parsed({ key: bytes, format: "der", type }))
        .find((form) => form !== null);
  if (key) return key.export({ type: "pkcs8", format: "pem" }).toString();
  throw refused(`${path} holds no private key`, "Set sslkey to the file of a key in PEM or DER form.");
}

function parsed(input: PrivateKeyInput): KeyObject | null {
  try {
    return createPrivateKey(input);
  } catch {
    return null;
  }
}

/** The lists of certificates that their authority took back, each in PEM form. */
export function revocationLists({ sslcrl, sslcrldir }: ConnectionParameters): string[] {
  // Naming either keeps libpq from its own file.
  const file = sslcrl === null && sslcrldir !== null ? null : read(sslcrl, "root.crl");
  const files = [file ?? [], sslcrldir === null ? [] : listsIn(sslcrldir)].flat();
  return files.flatMap(({ path, bytes }) => {
    const lists = bytes.toString("latin1").match(/-----BEGIN X509 CRL-----[\s\S]*?-----END X509 CRL-----/g);
    if (lists) return lists;
    throw refused(`${path} holds no list of certificates`, "sslcrl is a file of such lists in PEM form.");
  });
}

/** The files of a folder that was prepared with `openssl rehash`. */
function listsIn(folder: string): File[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    throw refused(`cannot read the folder ${folder}`, checkPaths);
  }
  return names
    .filter((name) => /^[0-9a-f]{8}\.r\d+$/.test(name))
    .flatMap((name) => read(join(folder, name), "") ?? []);
}

function refused(message: string, hint: string): NodeFailure {
  return new NodeFailure(nodeError("tls", message, hint));
}
