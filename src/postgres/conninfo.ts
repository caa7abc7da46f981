import type { Secret } from "./secret.ts";

export const sslModes = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] as const;

/** How much of TLS is asked for (libpq, section "SSL Mode Descriptions"). */
export type SslMode = (typeof sslModes)[number];

/** Everything needed to reach one server; libpq's defaults are already filled in. */
export type ConnectionParameters = {
  /** A name, an address, or the directory of a unix socket when it starts with a slash. */
  readonly host: string;
  readonly port: number;
  readonly dbname: string;
  readonly user: string;
  readonly password: Secret | null;
  readonly sslmode: SslMode;
  readonly sslrootcert: string | null;
  readonly sslcert: string | null;
  readonly sslkey: string | null;
};
