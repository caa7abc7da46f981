import type { NodeSettings } from "../../config/settings.ts";
import { canonicalHost } from "../../stats/topology.ts";

/** The host of a server as other servers see it: what is local behind a bastion is on the bastion. */
export function serverHost({ connection, ssh }: Pick<NodeSettings, "connection" | "ssh">): string {
  return ssh && canonicalHost(connection.host) === "localhost" ? ssh.host : connection.host;
}
