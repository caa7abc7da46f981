import type { Duplex } from "node:stream";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import type { ConnectionParameters } from "../../postgres/conninfo/conninfo.ts";
import { NodeFailure, nodeError } from "../../postgres/node-error.ts";
import type { TlsState } from "../../postgres/server.ts";
import { toNodeError } from "../../postgres/sqlstate.ts";
import type { Secret } from "../../text/secret.ts";
import { outcome } from "./dial.ts";
import { type LockedKey, lockedKey } from "./tls-files.ts";
import { protocolName, tlsOptions } from "./tls-options.ts";
import { acceptsTls } from "./tls-request.ts";

/** TLS could not be agreed on, or the server is not who it should be; whether plain may follow is sslmode's choice. */
export class HandshakeFailure extends NodeFailure {}

/** Opens the client's key: gives it as text that needs no passphrase. Rejects with a {@link NodeFailure} when nothing does. */
export type UnlockKey = (key: LockedKey) => Promise<Secret>;

export type Secured = { readonly stream: Duplex; readonly state: TlsState };

/**
 * Asks for TLS over an open stream and begins it, so that the next bytes are the startup packet's. Null when the
 * server declines. Rejects with a {@link HandshakeFailure}, or with whatever ended the stream before; the caller
 * sets the deadline by destroying it.
 */
export async function beginTls(
  stream: Duplex,
  server: ConnectionParameters,
  unlockKey: UnlockKey | null = null,
): Promise<Secured | null> {
  const key = await lockedKey(server);
  const options = await tlsOptions(server, key && unlockKey ? await unlockKey(key) : null);
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
