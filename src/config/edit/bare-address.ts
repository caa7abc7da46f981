import type { ConninfoParameters } from "../../postgres/conninfo/conninfo.ts";

const user = String.raw`(?:(?<user>[^\s@:/?#='"\\]+)@)?`;
const host = String.raw`(?:\[(?<address>[\da-f:.]+)\]|(?<host>[a-z\d](?:[a-z\d_.-]*[a-z\d])?))`;
const rest = String.raw`(?::(?<port>\d{1,5}))?(?:\/(?<dbname>[^\s/?#='"\\]+))?`;
const form = new RegExp(`^${user}${host}${rest}$`, "i");

/**
 * The parameters of an address without a scheme, as in a list of hosts: `[user@]host[:port][/database]`. Null for any
 * other text, and for one word alone, which may be anything.
 */
export function addressParameters(text: string): ConninfoParameters | null {
  const found = form.exec(text)?.groups;
  if (!found || !/[.:@/]/.test(text)) return null;
  const { address, host = address ?? "", ...others } = found;
  return { host, ...Object.fromEntries(Object.entries(others).filter(([, value]) => value !== undefined)) };
}
