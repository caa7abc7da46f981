import type { ConninfoParameters, Keyword } from "./keywords.ts";

/**
 * One set of parameters for each host of a list, by libpq's rule ("Specifying Multiple Hosts"): `hostaddr`, when
 * given, says how many there are, one port counts for every host, else there is one for each, and an empty element
 * is as if it were not given. What is wrong with the numbers otherwise.
 */
export function splitHosts(
  parameters: ConninfoParameters,
):
  | readonly ConninfoParameters[]
  | { readonly keyword: Keyword; readonly expected: string; readonly found: string } {
  const { host, hostaddr, port, ...others } = parameters;
  const hosts = host ? host.split(",") : [];
  const addresses = hostaddr ? hostaddr.split(",") : [];
  const ports = (port ?? "").split(",");
  if (hosts.length > 0 && addresses.length > 0 && hosts.length !== addresses.length)
    return { keyword: "hostaddr", expected: "one hostaddr for each host", found: "another number of them" };
  const count = Math.max(hosts.length, addresses.length, 1);
  if (ports.length !== 1 && ports.length !== count)
    return { keyword: "port", expected: "one port, or one for each host", found: "another number of ports" };
  return Array.from({ length: count }, (_, index) => {
    const [name, address] = [hosts[index], addresses[index]];
    const own = ports[ports.length === 1 ? 0 : index];
    return {
      ...others,
      ...(name && { host: name }),
      ...(address && { hostaddr: address }),
      ...(own && { port: own }),
    };
  });
}
