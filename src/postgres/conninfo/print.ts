import type { ConninfoParameters } from "./keywords.ts";

/** Parameters as a connection URI (libpq, "Connection URIs"); parseConninfo reads the same from it. */
export function printUri(parameters: ConninfoParameters): string {
  const { user, password, host, port, dbname, ...rest } = withoutEmpty(parameters);
  const login = user === undefined ? "" : encode(user);
  const secret = password === undefined ? "" : `:${encode(password)}`;
  const hosts = host?.split(",") ?? [""];
  const ports = port?.split(",") ?? [];
  // One port for several hosts is said once, as it was given.
  const split = ports.length === hosts.length;
  const servers = hosts.map((name, at) => `${printHost(name)}${split && ports[at] ? `:${ports[at]}` : ""}`);
  const query = { ...(split || port === undefined ? {} : { port }), ...rest };
  const pairs = Object.entries(query).map(([keyword, text]) => `${keyword}=${encode(text)}`);
  return [
    "postgresql://",
    login + secret === "" ? "" : `${login}${secret}@`,
    servers.join(","),
    dbname === undefined ? "" : `/${encode(dbname)}`,
    pairs.length === 0 ? "" : `${dbname === undefined ? "/" : ""}?${pairs.join("&")}`,
  ].join("");
}

/** Parameters as keyword=value pairs (libpq, "Keyword/Value Connection Strings"), in their order. */
export function printKeywords(parameters: ConninfoParameters): string {
  return Object.entries(parameters)
    .map(([keyword, text]) => `${keyword}=${/^[^\s'\\]+$/.test(text) ? text : quoted(text)}`)
    .join(" ");
}

function quoted(text: string): string {
  return `'${text.replace(/['\\]/g, "\\$&")}'`;
}

function printHost(host: string): string {
  return host.includes(":") ? `[${host}]` : encode(host);
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
}

function withoutEmpty(parameters: ConninfoParameters): ConninfoParameters {
  return Object.fromEntries(Object.entries(parameters).filter(([, text]) => text !== ""));
}
