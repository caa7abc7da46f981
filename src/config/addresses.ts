import type { Kind } from "./values.ts";

/** Where a server is: a host and, if it is said, a port. */
export type Address = { readonly host: string; readonly port: number | null };

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
