import type { ConnectionParameters, ConninfoParameters, Keyword } from "../../postgres/conninfo/conninfo.ts";
import { isSecretKeyword } from "../../postgres/conninfo/keywords.ts";
import { poolOptions } from "../options.ts";
import type { PoolSettings } from "../settings.ts";
import { variableFor } from "../variables.ts";
import type { Entry } from "./nodes.ts";
import type { Given, Giver } from "./resolution.ts";

/** A value that counts, with stars for a secret, and who gave it; `where` is empty for a default. */
export type Effective = {
  readonly value: string;
  readonly source: Giver | "default";
  readonly where: string;
};

export type EffectiveParameters = { readonly [keyword in Keyword]?: Effective };

/** What was given itself, without service, environment and defaults. */
export function explicitParameters({ parameters, where, torn }: Given): EffectiveParameters {
  return Object.fromEntries(
    givenKeywords(parameters).map((keyword) => {
      const place = where(keyword);
      const text = parameters[keyword] ?? "";
      const isHidden = isSecretKeyword(keyword) || torn?.has(keyword);
      const value = text !== "" && isHidden ? stars : text;
      return [keyword, { value, source: place.giver, where: place.where }];
    }),
  );
}

/** Everything that counts for an entry but its password, which may come from elsewhere. */
export function effectiveParameters(
  { given, servers }: Entry,
  pool: PoolSettings,
  environment: Readonly<Record<string, string | undefined>>,
): EffectiveParameters {
  const [first] = servers.values();
  if (!first) return {};
  const defaults = defaultsOf([...servers.values()]);
  const filled = Object.entries(explicitParameters(given)).filter(
    ([keyword, { value }]) => value !== "" && keyword !== "password",
  );
  const found: { [keyword in Keyword]?: Effective } = Object.fromEntries(filled);
  for (const keyword of givenKeywords(defaults))
    found[keyword] ??= { value: defaults[keyword] ?? "", source: "default", where: "" };
  // A list with gaps is shown with what fills them.
  for (const keyword of ["host", "port"] as const)
    if (/^,|,,|,$/.test(given.parameters[keyword] ?? ""))
      found[keyword] = { ...(found[keyword] ?? nothing), value: defaults[keyword] ?? "" };
  // Whatever is asked for: the session takes the bytes of a server as they are.
  found.client_encoding = { value: "SQL_ASCII", source: "default", where: "" };
  const connectSeconds = String(pool.connectTimeoutMs / 1000);
  if (found.connect_timeout?.value !== connectSeconds)
    found.connect_timeout = { value: connectSeconds, ...limitPlace(first, pool, environment) };
  return found;
}

const stars = "***";
const nothing: Effective = { value: "", source: "default", where: "" };

function givenKeywords(parameters: ConninfoParameters): readonly Keyword[] {
  // Object.keys forgets the type of its keys.
  return Object.keys(parameters) as Keyword[];
}

/** What has a default in libpq, as it came out (libpq, "Parameter Key Words"). */
function defaultsOf(connections: readonly ConnectionParameters[]): ConninfoParameters {
  const [first] = connections;
  if (!first) return {};
  const ports = connections.map(({ port }) => String(port));
  return {
    host: connections.map(({ host }) => host).join(","),
    port: new Set(ports).size === 1 ? String(first.port) : ports.join(","),
    dbname: first.dbname,
    user: first.user,
    application_name: first.applicationName,
    channel_binding: first.channelBinding,
    keepalives: first.keepalives ? "1" : "0",
    load_balance_hosts: "disable",
    ssl_min_protocol_version: first.sslMinProtocolVersion ?? "",
    sslcertmode: first.sslcertmode,
    sslmode: first.sslmode,
    sslnegotiation: first.sslnegotiation,
    sslsni: first.sslsni ? "1" : "0",
    target_session_attrs: "any",
  };
}

/** Who set the limit of a login when it is not the string's. */
function limitPlace(
  { connectTimeoutMs }: ConnectionParameters,
  pool: PoolSettings,
  environment: Readonly<Record<string, string | undefined>>,
): Omit<Effective, "value"> {
  const variable = variableFor("pool", "connect_timeout");
  if (environment[variable]) return { source: "env", where: variable };
  const isDefault =
    connectTimeoutMs === null && pool.connectTimeoutMs === poolOptions.connect_timeout.default;
  return isDefault ? { source: "default", where: "" } : { source: "config", where: "pool.connect_timeout" };
}
