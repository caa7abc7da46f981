import type { Address, AddressRule } from "../stats/address-rules.ts";
import type { Kind } from "./values.ts";

/** `db1`, `db1:5432`, `10.0.0.1:5432`, `::1` or `[::1]:5432`; null for anything else, such as a list of hosts. */
export function readAddress(text: string): Address | null {
  const [, bracketed, name, digits] =
    /^(?:\[(.+)\]|([A-Za-z0-9_][A-Za-z0-9_.-]*))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = name ?? bracketed ?? text;
  // Of an address without brackets no port can be told apart.
  if (name === undefined && !/^[0-9A-Fa-f.]*:[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*(?:%[\w.-]+)?$/.test(host))
    return null;
  const port = digits === undefined ? null : Number(digits);
  return port === 0 || (port ?? 0) > 65_535 ? null : { host: host.toLowerCase(), port };
}

/** The rules of `addresses`, in their order. What is no address was refused before. */
export function addressRules(addresses: Readonly<Record<string, string>> = {}): readonly AddressRule[] {
  return Object.entries(addresses).flatMap(([key, value]) => {
    const [from, to] = [readAddress(key), readAddress(value)];
    return from && to ? [{ from, to }] : [];
  });
}

/** {@link Address} as text. */
export const address: Kind<string> = {
  expected: "a host, or host:port",
  example: "127.0.0.1:15432",
  shown: null,
  parse: (given) => (typeof given === "string" && readAddress(given) ? given : undefined),
  print: (value) => value,
  json: { type: "string", minLength: 1 },
};

/** The address of a REST API, without a slash at its end. No password may stand in it: it would be sent. */
export const restAddress: Kind<string> = {
  expected: "an address such as http://db1:8008, without a password",
  example: "http://db1.example.com:8008",
  shown: null,
  parse: (given) => {
    const url = typeof given === "string" ? URL.parse(given) : null;
    if (!url || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "")
      return undefined;
    return url.search === "" && url.hash === "" ? url.href.replace(/\/+$/, "") : undefined;
  },
  print: (value) => value,
  json: { type: "string", pattern: "^\\s*https?://|\\$\\{" },
};

/** What has SRV records (RFC 2782). */
export const serviceName: Kind<string> = {
  expected: "a name with SRV records, such as _postgresql._tcp.db.example.com",
  example: "_postgresql._tcp.db.example.com",
  shown: null,
  parse: (given) => (typeof given === "string" && isDomain(given) ? given : undefined),
  print: (value) => value,
  json: { type: "string", pattern: "^[\\w-]+(\\.[\\w-]+)+\\.?$|\\$\\{" },
};

/** Of two labels at least: a bare host has no SRV records. */
function isDomain(text: string): boolean {
  return text.length <= 254 && /^[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})+\.?$/.test(text);
}
