import { createPrivateKey, type KeyObject, type PrivateKeyInput } from "node:crypto";
import { readdir } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { isAbsent, type PlainFile } from "../../files/plain-file.ts";
import type { ConnectionParameters } from "../../postgres/conninfo/conninfo.ts";
import { NodeFailure, nodeError } from "../../postgres/node-error.ts";
import type { Secret } from "../../text/secret.ts";
import { readFileInTime } from "../files.ts";

type File = Omit<PlainFile, "ok"> & { readonly path: string };

/** More than any bundle of authorities; OpenSSL itself has no limit. */
const largestBytes = 16 * 1_048_576;
/** Large authorities take back a million certificates, of 40 bytes each. */
const largestListBytes = 64 * 1_048_576;

/** A file that is named, or libpq's own for the purpose when that is there (libpq, "SSL Client File Usage"). */
async function read(named: string | null, usual: string, maxBytes = largestBytes): Promise<File | null> {
  const path = named ?? join(process.env["HOME"] || homedir(), ".postgresql", usual);
  const found = await readFileInTime(path, maxBytes);
  if (found.ok) return { ...found, path, bytes: withoutMark(found.bytes) };
  if (named === null && isAbsent(found)) return null;
  throw refused(`${path} ${found.why}`, checkPaths);
}

const checkPaths = "Check the paths of sslrootcert, sslcert, sslkey, sslcrl and sslcrldir.";

/** Some editors begin a file with a byte-order mark, which OpenSSL 3 skips and the runtime's TLS does not. */
function withoutMark(bytes: Buffer): Buffer {
  return bytes.indexOf("\uFEFF") === 0 ? bytes.subarray(3) : bytes;
}

/** The authorities that may vouch for the server; null when there are none, so that nothing can be verified. */
export async function rootCertificates({ sslrootcert }: ConnectionParameters): Promise<Buffer | null> {
  const file = await read(sslrootcert, "root.crt");
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
export async function lockedKey({
  sslcertmode,
  sslcert,
  sslkey,
}: ConnectionParameters): Promise<LockedKey | null> {
  if (sslcertmode === "disable" || !(await read(sslcert, "postgresql.crt"))) return null;
  const key = await read(sslkey, "postgresql.key");
  if (!key || !isEncrypted(key)) return null;
  return { path: key.path, text: key.bytes.toString("latin1") };
}

function isEncrypted({ bytes }: File): boolean {
  return /^-----BEGIN ENCRYPTED|^Proc-Type: 4,ENCRYPTED/m.test(bytes.toString("latin1"));
}

/** Certificate and key that we show to a server that asks; null when there are none. `opened` is the {@link lockedKey}. */
export async function clientCertificate(
  server: ConnectionParameters,
  opened: Secret | null,
): Promise<{ cert: Buffer; key: string } | null> {
  if (server.sslcertmode === "disable") return null;
  const certificate = await read(server.sslcert, "postgresql.crt");
  if (!certificate) return null;
  refuseWithoutCertificate(certificate, "sslcert is a file of a certificate in PEM form.");
  const key = await read(server.sslkey, "postgresql.key");
  if (!key)
    throw refused(`there is no key for the certificate ${certificate.path}`, "Set sslkey to its file.");
  refuseSharedKey(key);
  return { cert: certificate.bytes, key: opened?.reveal() ?? unencrypted(key) };
}

/** libpq's rule ("Client Certificates"): 0600 or less, or 0640 when root owns the key and a group may use it. */
function refuseSharedKey({ path, mode, uid }: File): void {
  if ((mode & (uid === 0 ? 0o027 : 0o077)) !== 0)
    throw refused(`the key ${path} may be used by others`, "Take their access away: chmod 600.");
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
export async function revocationLists({ sslcrl, sslcrldir }: ConnectionParameters): Promise<string[]> {
  // Naming either keeps libpq from its own file.
  const isFolderOnly = sslcrl === null && sslcrldir !== null;
  const file = isFolderOnly ? null : await read(sslcrl, "root.crl", largestListBytes);
  const files = [file ?? [], sslcrldir === null ? [] : await listsIn(sslcrldir)].flat();
  return files.flatMap(({ path, bytes }) => {
    const lists = bytes.toString("latin1").match(/-----BEGIN X509 CRL-----[\s\S]*?-----END X509 CRL-----/g);
    if (lists) return lists;
    throw refused(`${path} holds no list of certificates`, "sslcrl is a file of such lists in PEM form.");
  });
}

/** The files of a folder that was prepared with `openssl rehash`. */
async function listsIn(folder: string): Promise<File[]> {
  const names = await readdir(folder).catch(() => {
    throw refused(`cannot read the folder ${folder}`, checkPaths);
  });
  const lists = names.filter((name) => /^[0-9a-f]{8}\.r\d+$/.test(name));
  const files = await Promise.all(lists.map((name) => read(join(folder, name), "", largestListBytes)));
  return files.filter((file) => file !== null);
}

function refused(message: string, hint: string): NodeFailure {
  return new NodeFailure(nodeError("tls", message, hint));
}
