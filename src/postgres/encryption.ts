import type { ConnectionParameters } from "./conninfo/conninfo.ts";
import { usesUnixSocket } from "./socket-address.ts";

/** How an attempt to reach a server begins: with TLS, or with the startup packet in plain. */
export type Encryption = "tls" | "plain";

/** How an attempt ended before the server had authenticated us. */
export type Failure =
  /** The server answered `N` to the request for TLS, and waits for a startup packet. */
  | { readonly kind: "tls-declined" }
  /** Certificates, versions or keys did not fit. */
  | { readonly kind: "handshake-failed" }
  /** An ErrorResponse. */
  | { readonly kind: "refused"; readonly sqlstate: string }
  /** No connection, or one that ended or talked nonsense: another way would not mend it. */
  | { readonly kind: "lost" };

export type Attempt = { readonly encryption: Encryption; readonly socket: "same" | "new" };

type Way = Pick<ConnectionParameters, "host" | "hostaddr" | "sslmode">;

/** The encryptions that `sslmode` allows, in the order in which libpq tries them; a Unix socket knows no TLS. */
export function encryptions(server: Way): Encryption[] {
  const { sslmode } = server;
  if (usesUnixSocket(server) || sslmode === "disable") return ["plain"];
  if (sslmode === "allow") return ["plain", "tls"];
  return sslmode === "prefer" ? ["tls", "plain"] : ["tls"];
}

// cannot_connect_now heals with time only; a password that is wrong here is wrong there, and would go there in plain.
const pointless: readonly string[] = ["57P03", "28P01"];

/**
 * What follows a failed attempt, by the rules of libpq 17 (fe-connect.c, select_next_encryption_method): every allowed
 * encryption is tried once, a declined TLS goes on in plain over the same socket. Null when there is nothing left.
 * Unlike libpq a wrong password is not tried again.
 */
export function nextAttempt(
  allowed: readonly Encryption[],
  tried: readonly Encryption[],
  failure: Failure,
): Attempt | null {
  if (failure.kind === "lost") return null;
  if (failure.kind === "refused" && pointless.includes(failure.sqlstate)) return null;
  const encryption = allowed.find((one) => !tried.includes(one));
  if (!encryption) return null;
  return { encryption, socket: failure.kind === "tls-declined" ? "same" : "new" };
}
