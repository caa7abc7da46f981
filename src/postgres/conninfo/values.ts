import type { ConninfoParameters, Keyword } from "./keywords.ts";

const targets = ["any", "read-write", "read-only", "primary", "standby", "prefer-standby"];

type Check = { readonly expected: string; readonly accepts: (text: string) => boolean };

const wholeNumber: Check = { expected: "a whole number", accepts: (text) => parseWhole(text) !== null };
const oneOf = (choices: readonly string[]): Check => ({
  expected: choices.join(", "),
  accepts: (text) => choices.includes(text),
});

/** What the values of a keyword look like (libpq, "Parameter Key Words"), where it is neither free text nor TLS. */
const checks: { readonly [keyword in Keyword]?: Check } = {
  hostaddr: { expected: "an IPv4 or IPv6 address", accepts: isAddress },
  connect_timeout: { ...wholeNumber, expected: "a whole number of seconds" },
  keepalives: wholeNumber,
  keepalives_idle: { ...wholeNumber, expected: "a whole number of seconds" },
  keepalives_interval: { ...wholeNumber, expected: "a whole number of seconds" },
  keepalives_count: wholeNumber,
  tcp_user_timeout: { ...wholeNumber, expected: "a whole number of milliseconds" },
  target_session_attrs: oneOf(targets),
  load_balance_hosts: oneOf(["disable", "random"]),
};

/** The keywords whose value has not the form that libpq wants, and what that is. Empty is "not given". */
export function wrongValues(
  parameters: ConninfoParameters,
): readonly { readonly keyword: Keyword; readonly expected: string }[] {
  return Object.entries(parameters).flatMap(([name, text]) => {
    // Object.entries forgets the type of its keys.
    const keyword = name as Keyword;
    const check = text ? checks[keyword] : undefined;
    return text && check && !check.accepts(text) ? [{ keyword, expected: check.expected }] : [];
  });
}

/** A whole number with blanks around it, as libpq's parse_int_param takes it; null for anything else. */
export function parseWhole(text: string): number | null {
  if (!/^\s*[+-]?\d+\s*$/.test(text)) return null;
  const number = Number(text);
  return Math.abs(number) < 2 ** 31 ? number : null;
}

/** An address by its look; what is none after all, such as 300.1.1.1, fails when it is connected to. */
function isAddress(text: string): boolean {
  return /^[\d.]+$/.test(text) || /^[\da-f.]*:[\da-f:.]*(?:%\w+)?$/i.test(text);
}

/** The encodings under which nothing changes for us, who always speak UTF-8. */
export function isUtf8(clientEncoding: string): boolean {
  return ["utf8", "unicode", "auto"].includes(clientEncoding.toLowerCase().replace(/[^a-z0-9]/g, ""));
}
