import type { ChannelBinding } from "../../postgres/conninfo/conninfo.ts";
import type { AuthMethod, RequireAuth } from "../../postgres/conninfo/require-auth.ts";
import { type NodeError, NodeFailure, nodeError } from "../../postgres/node-error.ts";
import type { TlsState } from "../../postgres/server.ts";
import { serverError } from "../../postgres/server-error.ts";
import { notTheProtocol } from "./message-guard.ts";

/** What a server must do, and may ask for, before it is believed to be ours. */
export type LoginRules = {
  readonly requireAuth: RequireAuth | null;
  readonly channelBinding: ChannelBinding;
  /** Give a password in clear to a server that is neither verified nor here. */
  readonly allowCleartext: boolean;
};

/** The way that a login takes; `host` is a name, an address or a socket's directory. */
type Way = { readonly host: string; readonly tls: TlsState | null };

const scram = "SCRAM-SHA-256";
const scramPlus = "SCRAM-SHA-256-PLUS";

/** OWASP advises 600,000; a million take a core 0.15 s. */
export const mostScramIterations = 1_000_000;

/** How far a login has come; `asked` is by whatever but SCRAM. */
type Step = "begun" | "asked" | "asked by SCRAM" | "answered by SCRAM" | "proven" | "in" | "refused";

/**
 * One login as the server leads it (PostgreSQL documentation, "Message Flow", Start-up): it asks once, with SCRAM
 * goes on and proves itself, and says that we are in. The driver answers whatever comes, in any order. Each step
 * returns why it must not be answered, by libpq's rules for `require_auth` and `channel_binding`; null is go on.
 */
export class Login {
  readonly #rules: LoginRules;
  #step: Step = "begun";
  #bound = false;

  constructor(rules: LoginRules) {
    this.#rules = rules;
  }

  asksForPassword({ host, tls }: Way): NodeError | null {
    const { allowCleartext } = this.#rules;
    return this.#go("begun", "asked", () => {
      if (!this.#allows("password")) return this.#required("asks for the password in clear");
      if (this.#rules.channelBinding === "require") return unbound("asks for the password in clear");
      if (allowCleartext || tls?.verified || isLocal(host)) return null;
      return nodeError(
        "auth",
        "the server asks for the password in clear",
        "Use sslmode=verify-full, or set allow_cleartext if you trust the way there.",
      );
    });
  }

  asksForHash(): NodeError | null {
    return this.#go("begun", "asked", () => {
      if (!this.#allows("md5")) return this.#required("asks for an MD5 hash");
      return this.#rules.channelBinding === "require" ? unbound("asks for an MD5 hash") : null;
    });
  }

  asksForSasl(tls: TlsState | null, mechanisms: readonly string[]): NodeError | null {
    const { channelBinding } = this.#rules;
    const offers = (mechanism: string) => mechanisms.includes(mechanism);
    return this.#go("begun", "asked by SCRAM", () => {
      if (!this.#allows("scram-sha-256")) return this.#required("asks for SCRAM");
      if (channelBinding === "require" && !tls) return unbound("is reached without TLS");
      if (offers(scramPlus) && !tls)
        return nodeError("protocol", `the server offers ${scramPlus} without TLS`, anotherServer);
      this.#bound = offers(scramPlus) && channelBinding !== "disable";
      if (!this.#bound && channelBinding === "require") return unbound(`does not offer ${scramPlus}`);
      if (this.#bound || offers(scram)) return null;
      return nodeError("auth", "the server offers no SASL mechanism but others", `pgparade knows ${scram}.`);
    });
  }

  goesOn(): NodeError | null {
    return this.#go("asked by SCRAM", "answered by SCRAM", () => null);
  }

  provesItself(): NodeError | null {
    return this.#go("answered by SCRAM", "proven", () => null);
  }

  succeeds(): NodeError | null {
    const asked = this.#step === "asked" || this.#step === "proven";
    // Like libpq, but a SCRAM that was begun must be finished whatever else is allowed.
    return this.#go(asked ? this.#step : "begun", "in", () => {
      if (!asked && !this.#allows("none")) return this.#required("did not complete authentication");
      if (this.#rules.channelBinding === "require" && !this.#bound) return unbound("asked for nothing");
      return null;
    });
  }

  isReady(): NodeError | null {
    return this.#go("in", "in", () => null);
  }

  #go(from: Step, to: Step, judge: () => NodeError | null): NodeError | null {
    const refusal = this.#step === from ? judge() : outOfTurn;
    this.#step = refusal ? "refused" : to;
    return refusal;
  }

  #allows(method: AuthMethod): boolean {
    return this.#rules.requireAuth?.allowed.includes(method) ?? true;
  }

  #required(what: string): NodeError {
    return nodeError(
      "auth",
      `require_auth=${this.#rules.requireAuth?.text}, but the server ${what}`,
      anotherServer,
    );
  }
}

const anotherServer = "Is it the right server? Look at its pg_hba.conf before you allow more.";

/** What is told of a server that does not wait until it is asked. */
export const outOfTurn = nodeError("protocol", "the server speaks out of turn", notTheProtocol.hint);

function unbound(what: string): NodeError {
  return nodeError("auth", `channel_binding=require, but the server ${what}`, anotherServer);
}

/** A unix socket or this machine's loopback: nobody is on the way. */
function isLocal(host: string): boolean {
  return /^[/@]/.test(host) || /^(localhost|127\.\d+\.\d+\.\d+|::1)$/i.test(host);
}

/**
 * What a server says of a login that is bound to the wrong connection, by SQLSTATE and the function of auth-scram.c or
 * be-secure-openssl.c that says it.
 */
const bindingRefusals: Readonly<Record<string, () => NodeFailure>> = {
  "28000 read_client_first_message": anotherTls,
  "28000 read_client_final_message": anotherTls,
  // A certificate of Ed25519 has no digest that it could bind to.
  "XX000 be_tls_get_certificate_hash": unboundCertificate,
};

function anotherTls(): NodeFailure {
  return failure(
    "auth",
    "the TLS that the server sees is not ours: something between us and it decrypts",
    "Use sslmode=verify-full; if it is a proxy of yours, channel_binding=disable.",
  );
}

/** The driver's own words for what went wrong with SCRAM, as a failure that says what it means; others as they are. */
export function scramFailure(cause: Error): Error {
  const error = serverError(cause);
  if (error) return bindingRefusals[`${error.code} ${error.routine}`]?.() ?? cause;
  const { message } = cause;
  if (!message.startsWith("SASL")) return cause;
  const iterations = /iteration count (\d+) exceeds/.exec(message)?.[1];
  if (iterations)
    return failure("protocol", `the server asks for ${iterations} rounds of SCRAM`, anotherServer);
  if (/signature does not match/.test(message))
    return failure("auth", "the server does not know the password", anotherServer);
  if (/password must be/.test(message))
    return failure("auth", "the password is empty", "Set a password for this node.");
  if (/channel binding/.test(message)) return unboundCertificate();
  return failure("protocol", "the server's SCRAM messages are wrong", anotherServer);
}

function unboundCertificate(): NodeFailure {
  return failure(
    "tls",
    "SCRAM cannot be bound to the server's certificate",
    "Set channel_binding=disable, or have the certificate signed with RSA or ECDSA.",
  );
}

/** Why bytes could not be read on which the driver's parser threw. */
export function unreadable(cause: unknown): NodeError {
  const code =
    cause instanceof Error && /^Unknown authenticationOk message type (\d+)$/.exec(cause.message)?.[1];
  const method = code && unknownMethods[code];
  if (!method) return notTheProtocol;
  return nodeError(
    "auth",
    `the server asks for ${method}`,
    "pgparade knows passwords, SCRAM and certificates.",
  );
}

/** AuthenticationRequest codes that the driver does not know (PostgreSQL documentation, "Message Formats"). */
const unknownMethods: Readonly<Record<string, string>> = { 2: "Kerberos V5", 7: "GSSAPI", 9: "SSPI" };

function failure(...parts: Parameters<typeof nodeError>): NodeFailure {
  return new NodeFailure(nodeError(...parts));
}
