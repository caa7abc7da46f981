import type { ConnectionEntry, GroupEntry } from "./connections.ts";
import type { NodeEntry } from "./nodes.ts";
import { perState } from "./remembered.ts";
import { currentSpot } from "./screen.ts";
import { shown } from "./selectors.ts";
import type { State } from "./store.ts";

/** A line of the connections screen. A node that has just been added may have no entry yet. */
export type ConnectionLine =
  | {
      readonly kind: "group";
      readonly key: string;
      readonly group: GroupEntry;
      readonly nodes: readonly NodeEntry[];
      readonly count: number;
    }
  | {
      readonly kind: "node";
      readonly key: string;
      readonly entry: ConnectionEntry;
      readonly node: NodeEntry | null;
      /** How long ago it answered last, in this run or an earlier one; null when it never did. */
      readonly answeredAgoMs: number | null;
      readonly grouped: boolean;
    };

/** The lines of the connections screen: each group with its nodes below it, then the nodes that are in none. */
export const connectionLines = perState((state): readonly ConnectionLine[] => {
  const { connections, screen, earlierAnswers } = state;
  const { nodes, nowMs, clockMs } = shown(state);
  const words = currentSpot(screen).filter.toLowerCase().split(/\s+/).filter(Boolean);
  const entries = connections.entries.filter((entry) => matches(entry, nodes[entry.name], words));
  const lineOf = (entry: ConnectionEntry): ConnectionLine => ({
    kind: "node",
    key: `n:${entry.name}`,
    entry,
    node: nodes[entry.name] ?? null,
    answeredAgoMs:
      agoMs(nowMs, nodes[entry.name]?.health.lastAnswerAtMs) ??
      agoMs(clockMs, earlierAnswers[placeOf(entry)]),
    grouped: entry.group !== null,
  });
  const grouped = connections.groups.flatMap((group): ConnectionLine[] => {
    const members = entries.filter((entry) => entry.group === group.name);
    if (members.length === 0 && words.length > 0) return [];
    const heading: ConnectionLine = {
      kind: "group",
      key: `g:${group.name}`,
      group,
      nodes: members.flatMap(({ name }) => nodes[name] ?? []),
      count: members.length,
    };
    return screen.foldedGroups.has(group.name) ? [heading] : [heading, ...members.map(lineOf)];
  });
  const known = new Set(connections.groups.map(({ name }) => name));
  const loose = entries.filter(({ group }) => group === null || !known.has(group));
  return [...grouped, ...loose.map(lineOf)];
});

function agoMs(nowMs: number, atMs: number | null | undefined): number | null {
  return atMs == null ? null : Math.max(0, nowMs - atMs);
}

/** Behind two bastions the same address is two servers. */
function placeOf({ address, bastion }: ConnectionEntry): string {
  return bastion === null ? address : `${address} through ${bastion}`;
}

/** When each server that answered in this run did so last, by place: milliseconds of the wall clock. */
export function answersOf({ observed, connections }: State): Readonly<Record<string, number>> {
  const { nodes, nowMs, clockMs } = observed;
  return Object.fromEntries(
    connections.entries.flatMap((entry) => {
      const ago = agoMs(nowMs, nodes[entry.name]?.health.lastAnswerAtMs);
      return ago === null ? [] : [[placeOf(entry), clockMs - ago]];
    }),
  );
}

function matches(entry: ConnectionEntry, node: NodeEntry | undefined, words: readonly string[]): boolean {
  const text = [entry.name, entry.address, entry.group, node?.health.state].join(" ").toLowerCase();
  return words.every((word) => (word.startsWith("!") ? !text.includes(word.slice(1)) : text.includes(word)));
}
