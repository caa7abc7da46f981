import type { ConninfoParameters } from "./conninfo-keywords.ts";

/**
 * One set of parameters for each host of a list, by libpq's rule ("Specifying Multiple Hosts"): one port counts for
 * every host, else there is one for each, and an empty host or port is the default. Null when the numbers differ.
 */
export function splitHosts(parameters: ConninfoParameters): readonly ConninfoParameters[] | null {
  const hosts = parameters.host?.split(",") ?? [];
  if (hosts.length < 2) return [parameters];
  const ports = parameters.port?.split(",") ?? [""];
  if (ports.length !== 1 && ports.length !== hosts.length) return null;
  const { host: _hosts, port: _ports, ...others } = parameters;
  return hosts.map((host, index) => {
    const port = ports[ports.length === 1 ? 0 : index];
    return { ...others, ...(host && { host }), ...(port && { port }) };
  });
}
