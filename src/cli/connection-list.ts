import type { NodeSettings, Settings } from "../config/settings.ts";
import type { ConnectionParameters } from "../postgres/conninfo.ts";
import type { Connections } from "../store/connections.ts";

/** What the connections screen lists: the nodes of the config, then those that live until the end of the program. */
export function connectionList(settings: Settings, unsaved: readonly NodeSettings[]): Connections {
  const nodes = [...settings.nodes, ...unsaved];
  const groups = new Set(nodes.flatMap(({ group }) => group ?? []));
  return {
    groups: Array.from(groups, (name) => ({ name, colour: null })),
    entries: nodes.map((node) => ({
      name: node.name,
      address: addressOf(node.connection),
      group: node.group,
      colour: node.colour,
      production: node.production,
      saved: settings.file !== null && settings.nodes.includes(node),
    })),
  };
}

function addressOf({ user, host, port, dbname }: ConnectionParameters): string {
  return `${user}@${host.includes(":") ? `[${host}]` : host}:${port}/${dbname}`;
}
