import { sslModes } from "../../../src/postgres/conninfo/tls-parameters.ts";
import type { Outcome } from "./both.ts";

/** What libpq's documentation says of every way to ask for TLS on every kind of server, as one table. */
export const modes = sslModes;
/** How pg_hba.conf lets the user in; `none` is a server without TLS. */
export const rules = ["none", "hostssl", "hostnossl", "any"] as const;
/** The server's certificate. */
export const serverCertificates = ["good", "expired", "wrong CA", "wrong name", "CN only", "IP SAN"] as const;
/** What we show of us where TLS is let in by certificate only. */
export const clientCertificates = ["none", "good", "wrong CA", "other user"] as const;

export type Case = {
  readonly mode: (typeof modes)[number];
  readonly rule: (typeof rules)[number];
  readonly server: (typeof serverCertificates)[number];
  readonly client: (typeof clientCertificates)[number];
};

/** The whole product. */
export function allCases(): Case[] {
  return serverCertificates.flatMap((server) =>
    modes.flatMap((mode) =>
      rules.flatMap((rule) => clientCertificates.map((client) => ({ mode, rule, server, client }))),
    ),
  );
}

/** The outcome by the table of libpq's own negotiation test and the documentation of sslmode. */
export function expectedOutcome({ mode, rule, server, client }: Case): Outcome {
  const plain = rule === "hostssl" ? "refused" : "plain";
  const [tls, mayGoOn] = overTls();
  const one = (end: Outcome["end"]) => ({ end, connections: 1 });
  if (mode === "disable") return one(plain);
  if (mode === "allow") return plain === "plain" ? one("plain") : { end: tls, connections: 2 };
  if (mode === "prefer" && rule === "none") return one("plain");
  if (mode !== "prefer" || tls === "TLS" || !mayGoOn) return one(tls);
  return { end: plain, connections: 2 };

  /** How TLS ends, and whether what failed is a handshake or a refusal, after which another way may be tried. */
  function overTls(): readonly ["TLS" | "refused", boolean] {
    if (rule === "none") return ["refused", true];
    const untrusted = server === "expired" || server === "wrong CA";
    if (mode.startsWith("verify") && untrusted) return ["refused", true];
    if (mode === "verify-full" && server === "wrong name") return ["refused", true];
    // Under TLS 1.3 the server says so after the handshake, by hanging up.
    if (client === "wrong CA") return ["refused", false];
    return rule === "hostnossl" || client !== "good" ? ["refused", true] : ["TLS", false];
  }
}
