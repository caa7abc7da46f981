import type { ConnectionParameters } from "./conninfo/conninfo.ts";

type Server = Pick<ConnectionParameters, "host" | "hostaddr" | "port">;

/** True when a server is reached through a Unix-domain socket: its host is a directory or an abstract name. */
export function usesUnixSocket({ host, hostaddr }: Omit<Server, "port">): boolean {
  return hostaddr === null && /^[/@]/.test(host);
}

export type SocketAddress = { readonly path: string } | { readonly host: string; readonly port: number };

/**
 * Where the socket goes (libpq, "host" and "hostaddr"): to the address when there is one, to a socket below a directory,
 * to one in the abstract namespace of Linux, which the kernel marks by a NUL in front, or to a name that is looked up.
 */
export function socketAddress(server: Server): SocketAddress {
  const { host, hostaddr, port } = server;
  if (!usesUnixSocket(server)) return { host: hostaddr ?? host, port };
  return { path: `${host.replace(/^@/, "\0")}/.s.PGSQL.${port}` };
}
