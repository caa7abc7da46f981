import { isIP } from "node:net";
import {
  type ConnectionOptions,
  createSecureContext,
  getCACertificates,
  type PeerCertificate,
  type SecureContext,
} from "node:tls";
import type { ConnectionParameters } from "../../postgres/conninfo/conninfo.ts";
import { NodeFailure, nodeError } from "../../postgres/node-error.ts";
import { toNodeError } from "../../postgres/sqlstate.ts";
import { tlsInWords } from "../../postgres/tls-code.ts";
import { maskSecrets } from "../../text/known-secrets.ts";
import type { Secret } from "../../text/secret.ts";
import { otherNames } from "./certificate-name.ts";
import { clientCertificate, revocationLists, rootCertificates } from "./tls-files.ts";

/** The name that PostgreSQL has among protocols that run over TLS (ALPN, RFC 7301). */
export const protocolName = "postgresql";

/**
 * What libpq would ask of TLS with this server (libpq, "SSL Support"). Files are read each time, so that a renewed
 * certificate counts for the next connection. Rejects with a {@link NodeFailure} of kind `tls` for one that cannot be used.
 */
export async function tlsOptions(
  server: ConnectionParameters,
  openedKey: Secret | null,
): Promise<ConnectionOptions> {
  const { host, sslmode, sslsni } = server;
  const roots = server.sslrootcert === "system" ? systemRoots() : await rootCertificates(server);
  if (!roots && sslmode.startsWith("verify"))
    throw new NodeFailure(
      nodeError(
        "tls",
        `sslmode=${sslmode} needs a root certificate`,
        "Set sslrootcert to a file or to system.",
      ),
    );
  return {
    secureContext: await contextOf(server, roots, openedKey),
    // An address is no name (RFC 6066, section 3).
    ...(sslsni && isIP(host) === 0 && { servername: host }),
    ALPNProtocols: [protocolName],
    // Like libpq: roots that are there are used in every mode, and only verify-* insists on some.
    rejectUnauthorized: roots !== null,
    checkServerIdentity: (_, certificate) =>
      sslmode === "verify-full" ? wrongName(certificate, host) : undefined,
  };
}

async function contextOf(
  server: ConnectionParameters,
  roots: Buffer | string[] | null,
  openedKey: Secret | null,
): Promise<SecureContext> {
  const { sslMinProtocolVersion, sslMaxProtocolVersion } = server;
  const lists = roots ? await revocationLists(server) : [];
  const files = {
    ...(roots && { ca: roots }),
    ...(lists.length > 0 && { crl: lists }),
    ...(await clientCertificate(server, openedKey)),
  };
  try {
    return createSecureContext({
      ...files,
      minVersion: sslMinProtocolVersion,
      ...(sslMaxProtocolVersion && { maxVersion: sslMaxProtocolVersion }),
    });
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
    const hint = "Check the files of sslrootcert, sslcert, sslkey and sslcrl: they must be PEM.";
    throw new NodeFailure(nodeError("tls", ...(tlsInWords(code) ?? [toNodeError(cause).message, hint])));
  }
}

/** The operating system's roots, which an administrator may have added to; else the runtime's own. */
function systemRoots(): string[] {
  const installed = getCACertificates("system");
  return installed.length > 0 ? installed : getCACertificates("default");
}

function wrongName(certificate: PeerCertificate, host: string): Error | undefined {
  const names = otherNames(certificate, host)?.map(maskSecrets) ?? null;
  if (names === null) return undefined;
  const [first = "nobody", ...others] = names;
  const more = others.length === 0 ? "" : ` (and ${others.length} more)`;
  return new NodeFailure(
    nodeError(
      "tls",
      `the server's certificate is for ${first}${more}, not for ${host}`,
      "Connect by a name that it is for; hostaddr can say the address.",
    ),
  );
}
