/** A record as the resolver gives it. */
type SrvRecord = { readonly name: string; readonly port: number; readonly priority: number };

/**
 * The servers of SRV records, by priority and then by name, each under the name of its host; one of several on a host
 * has its port behind that. A record that says that there is none (RFC 2782: the target is the root) is no server.
 */
export function membersIn(records: readonly SrvRecord[]) {
  const servers = records
    // A resolver may give a name with other letters in capitals each time.
    .map(({ name, port, priority }) => ({ host: name.replace(/\.$/, "").toLowerCase(), port, priority }))
    .filter(({ host }) => host !== "")
    .toSorted(
      (one, other) =>
        one.priority - other.priority || one.host.localeCompare(other.host, "en") || one.port - other.port,
    );
  const isShared = ({ host, port }: (typeof servers)[number]) =>
    servers.some((one) => one.host === host && one.port !== port);
  return servers.map((one) => {
    const { host, port } = one;
    return { name: isShared(one) ? `${host}:${port}` : host, host, port };
  });
}
