import { printSshPlace } from "../../config/edit/ssh-place.ts";
import type { NodeSettings, Settings } from "../../config/settings.ts";
import type { ConnectionParameters } from "../../postgres/conninfo/conninfo.ts";
import type { Connections } from "../../store/connections.ts";

/** What the connections screen lists: all nodes that are watched, and which of them the config file has. */
export function connectionList(nodes: readonly NodeSettings[], settings: Settings): Connections {
  const declared = settings.groups.map(({ name }) => name);
  const clusters = new Map(settings.members.map(({ node, cluster }) => [node, cluster]));
  const others = new Set(nodes.flatMap(({ group }) => (group && !declared.includes(group) ? group : [])));
  return {
    groups: [...settings.groups, ...Array.from(others, (name) => ({ name, colour: null, folded: false }))],
    entries: nodes.map(({ name, group, colour, production, connection, ssh }) => ({
      name,
      address: addressOf(connection),
      bastion: ssh && printSshPlace(ssh),
      group,
      colour,
      production,
      saved: settings.fileNodes.includes(name),
      entry: fileEntryOf(name, settings),
      foundIn: settings.fileNodes.includes(name) ? null : (clusters.get(name) ?? null),
    })),
  };
}

/** What the file calls a node: its own name, or that of the string of which it is one host. */
export function fileEntryOf(node: string, { fileEntries }: Pick<Settings, "fileEntries">): string {
  return fileEntries.includes(node) ? node : node.replace(/-\d+$/, "");
}

function addressOf(connection: ConnectionParameters): string {
  return `${connection.user}@${serverOf(connection)}/${connection.dbname}`;
}

/** Where a server listens, for people. */
export function serverOf({ host, port }: ConnectionParameters): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}
