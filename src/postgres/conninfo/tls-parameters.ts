import { Secret } from "../../text/secret.ts";
import type { ConninfoParameters, Keyword } from "./keywords.ts";

export const sslModes = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] as const;
export const negotiations = ["postgres", "direct"] as const;
export const certificateModes = ["disable", "allow", "require"] as const;
export const tlsVersions = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"] as const;

/** What is asked of TLS (libpq, "Parameter Key Words" and "SSL Support"). */
export type TlsParameters = {
  readonly sslmode: (typeof sslModes)[number];
  /** A file of authorities, or `system`; null is libpq's own file if it is there. */
  readonly sslrootcert: string | null;
  readonly sslcert: string | null;
  readonly sslkey: string | null;
  readonly sslpassword: Secret | null;
  readonly sslcrl: string | null;
  readonly sslcrldir: string | null;
  readonly sslcertmode: (typeof certificateModes)[number];
  /** `direct` begins with TLS and no question: 17 and newer. */
  readonly sslnegotiation: (typeof negotiations)[number];
  readonly sslsni: boolean;
  readonly sslMinProtocolVersion: (typeof tlsVersions)[number];
  readonly sslMaxProtocolVersion: (typeof tlsVersions)[number] | null;
};

/** libpq's defaults of what concerns neither sslmode nor its files. */
export const tlsDefaults = {
  sslpassword: null,
  sslcrl: null,
  sslcrldir: null,
  sslcertmode: "allow",
  sslnegotiation: "postgres",
  sslsni: true,
  sslMinProtocolVersion: "TLSv1.2",
  sslMaxProtocolVersion: null,
} as const satisfies Partial<TlsParameters>;

type Problem = { readonly keyword: Keyword; readonly expected: string; readonly found: string };

/** What libpq would refuse of these before it connects. Quotes no value. */
export function tlsProblems(parameters: ConninfoParameters): readonly Problem[] {
  const problems: Problem[] = [];
  const refuse = (keyword: Keyword, expected: string, found: string) =>
    problems.push({ keyword, expected, found });
  for (const [keyword, choices] of choicesOf) {
    const text = parameters[keyword];
    if (text && pick(choices, text) === null) refuse(keyword, choices.join(", "), "something else");
  }
  const { sslmode, sslrootcert, sslnegotiation } = parameters;
  if (sslrootcert === "system" && sslmode && sslmode !== "verify-full")
    refuse("sslmode", "verify-full with sslrootcert=system", "a weaker mode");
  const weak = sslrootcert === "system" ? [] : [undefined, "", "disable", "allow", "prefer"];
  if (sslnegotiation === "direct" && weak.includes(sslmode))
    refuse("sslnegotiation", "postgres unless sslmode is require, verify-ca or verify-full", "direct");
  const most = parameters.ssl_max_protocol_version;
  if (
    most &&
    rank(most) >= 0 &&
    rank(most) < rank(parameters.ssl_min_protocol_version || tlsDefaults.sslMinProtocolVersion)
  )
    refuse("ssl_max_protocol_version", "no version below ssl_min_protocol_version", "an older one");
  return problems;
}

/** What they resolve to with libpq's defaults; null when one of them is none of libpq's choices. */
export function tlsParameters(text: (keyword: Keyword) => string | null): TlsParameters | null {
  const sslrootcert = text("sslrootcert");
  const sslmode = pick(sslModes, text("sslmode") ?? usualMode(sslrootcert));
  const sslnegotiation = pick(negotiations, text("sslnegotiation") ?? tlsDefaults.sslnegotiation);
  const sslcertmode = pick(certificateModes, text("sslcertmode") ?? tlsDefaults.sslcertmode);
  const least = pick(tlsVersions, text("ssl_min_protocol_version") ?? tlsDefaults.sslMinProtocolVersion);
  const most = text("ssl_max_protocol_version");
  const sslMaxProtocolVersion = most === null ? null : pick(tlsVersions, most);
  if (!sslmode || !sslnegotiation || !sslcertmode || !least || (most && !sslMaxProtocolVersion)) return null;
  const sslpassword = text("sslpassword");
  return {
    sslmode,
    sslrootcert,
    sslcert: text("sslcert"),
    sslkey: text("sslkey"),
    sslpassword: sslpassword === null ? null : new Secret(sslpassword),
    sslcrl: text("sslcrl"),
    sslcrldir: text("sslcrldir"),
    sslcertmode,
    sslnegotiation,
    sslsni: (text("sslsni") ?? "1").startsWith("1"),
    sslMinProtocolVersion: least,
    sslMaxProtocolVersion,
  };
}

/** The system's roots vouch for anybody, so libpq insists on the name as well. */
function usualMode(sslrootcert: string | null): TlsParameters["sslmode"] {
  return sslrootcert === "system" ? "verify-full" : "prefer";
}

/** The way back: what a string must say to come to these. The passphrase stays where it is. */
export function givenTls(tls: TlsParameters): ConninfoParameters {
  const { sslmode, sslrootcert, sslcert, sslkey, sslcrl, sslcrldir, sslMaxProtocolVersion } = tls;
  const unlessUsual = <Name extends keyof typeof tlsDefaults>(name: Name) =>
    tls[name] === tlsDefaults[name] ? null : tls[name];
  const given: { readonly [keyword in Keyword]?: string | null } = {
    sslmode: sslmode === usualMode(sslrootcert) ? null : sslmode,
    ...{ sslrootcert, sslcert, sslkey, sslcrl, sslcrldir },
    sslcertmode: unlessUsual("sslcertmode"),
    sslnegotiation: unlessUsual("sslnegotiation"),
    sslsni: tls.sslsni ? null : "0",
    ssl_min_protocol_version: unlessUsual("sslMinProtocolVersion"),
    ssl_max_protocol_version: sslMaxProtocolVersion,
  };
  return Object.fromEntries(Object.entries(given).filter(([, text]) => text !== null));
}

const choicesOf: readonly (readonly [Keyword, readonly string[]])[] = [
  ["sslmode", sslModes],
  ["sslnegotiation", negotiations],
  ["sslcertmode", certificateModes],
  ["ssl_min_protocol_version", tlsVersions],
  ["ssl_max_protocol_version", tlsVersions],
];

/** libpq compares the versions of TLS, and only those, without regard to case. */
function pick<Choice extends string>(choices: readonly Choice[], text: string): Choice | null {
  const sought = choices.find((choice) => choice === text);
  return sought ?? tlsVersion(choices, text);
}

function tlsVersion<Choice extends string>(choices: readonly Choice[], text: string): Choice | null {
  if (!/^tls/i.test(text)) return null;
  return choices.find((choice) => choice.toLowerCase() === text.toLowerCase()) ?? null;
}

function rank(version: string): number {
  return tlsVersions.findIndex((one) => one.toLowerCase() === version.toLowerCase());
}
