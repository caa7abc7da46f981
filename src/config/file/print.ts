import { stringify } from "yaml";
import type { ActionLevel } from "../../stats/action-level.ts";

/** A node as it is written into a config file; no password goes there. */
export type PrintedNode = {
  readonly name: string;
  readonly cluster: string | null;
  readonly group: string | null;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
};

type Levels = Readonly<
  Record<string, { readonly warning?: string; readonly critical?: string; readonly for?: string }>
>;

type Defaults = { readonly actions?: ActionLevel };

/** The text of a config file for these nodes, without encryption: they are on this machine. */
export function printConfig(
  nodes: readonly PrintedNode[],
  thresholds: Levels,
  defaults: Defaults = {},
): string {
  const clustered = Map.groupBy(nodes, ({ cluster }) => cluster);
  clustered.delete(null);
  return stringify({
    ...(Object.keys(defaults).length > 0 && { defaults }),
    nodes: Object.fromEntries(
      nodes.map(({ name, group, host, port, user, database }) => [
        name,
        { host, port, user, database, sslmode: "disable", ...(group === null ? {} : { group }) },
      ]),
    ),
    clusters: Object.fromEntries(
      [...clustered].map(([name, members]) => [name, { nodes: members.map((node) => node.name) }]),
    ),
    thresholds,
  });
}
