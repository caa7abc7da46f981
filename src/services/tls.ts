import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import {
  type ConnectionOptions,
  connect,
  createSecureContext,
  getCACertificates,
  type PeerCertificate,
  type SecureContext,
  type TLSSocket,
} from "node:tls";
import type { ConnectionParameters } from "../postgres/conninfo.ts";
import type { TlsState } from "../postgres/server.ts";
import { NodeFailure, nodeError, toNodeError } from "../postgres/sqlstate.ts";
import { otherNames } from "./certificate-name.ts";
import { outcome } from "./dial.ts";
import { clientCertificate, revocationLists, rootCertificates } from "./tls-files.ts";
import { acceptsTls } from "./tls-request.ts";

/** The name that PostgreSQL has among protocols that run over TLS (ALPN, RFC 7301). */
const protocolName = "postgresql";

/**
 * What libpq would ask of TLS with this server (libpq, "SSL Support"). Files are read each time, so that a renewed
 * certificate counts for the next connection. Throws a {@link NodeFailure} of kind `tls` for one that cannot be used.
 */
function tlsOptions(server: ConnectionParameters): ConnectionOptions {
  const { host, sslmode, sslsni } = server;
  const roots = server.sslrootcert === "system" ? systemRoots() : rootCertificates(server);
  if (!roots && sslmode.startsWith("verify"))
    throw new NodeFailure(
      nodeError(
        "tls",
        `sslmode=${sslmode} needs a root certificate`,
        "Set sslrootcert to a file or to system.",
      ),
    );
  return {
    secureContext: contextOf(server, roots),
    // An address is no name (RFC 6066, section 3).
    ...(sslsni && isIP(host) === 0 && { servername: host }),
    ALPNProtocols: [protocolName],
    // Like libpq: roots that are there are used in every mode, and only verify-* insists on some.
    rejectUnauthorized: roots !== null,
    checkServerIdentity: (_, certificate) =>
      sslmode === "verify-full" ? wrongName(certificate, host) : undefined,
  };
}

function contextOf(server: ConnectionParameters, roots: Buffer | string[] | null): SecureContext {
  const { sslMinProtocolVersion, sslMaxProtocolVersion } = server;
  const lists = roots ? revocationLists(server) : [];
  const files = {
    ...(roots && { ca: roots }),
    ...(lists.length > 0 && { crl: lists }),
    ...clientCertificate(server),
  };
  try {
    return createSecureContext({
      ...files,
      ...(sslMinProtocolVersion && { minVersion: sslMinProtocolVersion }),
      ...(sslMaxProtocolVersion && { maxVersion: sslMaxProtocolVersion }),
    });
  } catch (cause) {
    const error = toNodeError(cause);
    const hint = "Check the files of sslrootcert, sslcert, sslkey and sslcrl: they must be PEM.";
    throw new NodeFailure(error.kind === "tls" ? error : nodeError("tls", error.message, hint));
  }
}

/** The operating system's roots, which an administrator may have added to; else the runtime's own. */
function systemRoots(): string[] {
  const installed = getCACertificates("system");
  return installed.length > 0 ? installed : getCACertificates("default");
}

function wrongName(certificate: PeerCertificate, host: string): Error | undefined {
  const names = otherNames(certificate, host);
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

/** TLS could not be agreed on, or the server is not who it should be; whether plain may follow is sslmode's choice. */
export class HandshakeFailure extends NodeFailure {}

export type Secured = { readonly stream: Duplex; readonly state: TlsState };

/**
 * Asks for TLS over an open stream and begins it, so that the next bytes are the startup packet's. Null when the
 * server declines. Rejects with a {@link HandshakeFailure}, or with whatever ended the stream before; the caller
 * sets the deadline by destroying it.
 */
export async function beginTls(stream: Duplex, server: ConnectionParameters): Promise<Secured | null> {
  const options = tlsOptions(server);
  const isDirect = server.sslnegotiation === "direct";
  if (!isDirect && !(await acceptsTls(stream))) return null;
  const secured = await startTls(stream, options).catch((cause: unknown) => {
    const error = toNodeError(cause);
    throw new HandshakeFailure(isDirect && error.kind === "lost" ? noDirectTls : error);
  });
  // A server that speaks another protocol could be led to take our words for its own.
  if (isDirect && secured.alpnProtocol !== protocolName) {
    secured.destroy();
    throw new HandshakeFailure(noDirectTls);
  }
  return { stream: secured, state: tlsState(secured, options) };
}

const noDirectTls = nodeError(
  "tls",
  "the server does not take TLS without being asked first",
  "sslnegotiation=direct needs PostgreSQL 17 or newer with ssl = on.",
);

async function startTls(stream: Duplex, options: ConnectionOptions): Promise<TLSSocket> {
  const secured = connect({ ...options, socket: stream });
  // What goes wrong after the handshake is for whoever the stream is given to.
  secured.on("error", () => {});
  const lost = Promise.withResolvers<never>();
  // The stream of a tunnel closes before TLS has said that the certificate is the reason.
  const end = () => secured.destroy();
  stream.once("error", lost.reject).once("end", end).once("close", end);
  const begun = outcome<void>(secured, (resolve) => secured.once("secureConnect", resolve));
  try {
    await Promise.race([begun, lost.promise]);
  } finally {
    stream.off("error", lost.reject).off("end", end).off("close", end);
  }
  return secured;
}

/** How a session is encrypted. It is verified when that was insisted on: a certificate that happens to fit is none. */
function tlsState(secured: TLSSocket, options: ConnectionOptions): TlsState {
  const expiresAtMs = Date.parse(secured.getPeerCertificate().valid_to);
  return {
    protocol: secured.getProtocol() ?? "TLS",
    verified: options.rejectUnauthorized !== false && secured.authorized,
    expiresAtMs: Number.isNaN(expiresAtMs) ? null : expiresAtMs,
  };
}
