import { isUp } from "../../stats/health.ts";
import type { ConnectionLine } from "../../store/connection-lines.ts";
import type { ConnectionEntry } from "../../store/connections.ts";
import type { NodeEntry } from "../../store/nodes.ts";
import { printAge, printTenths } from "../../text/pretty.ts";
import { type SafeText, safe } from "../../text/safe-text.ts";
import { safeName } from "../../text/text.ts";
import { badness } from "../../views/node-word.ts";
import { type Cell, type DrawnColumn, leftColumn as left } from "../drawing/layout.ts";
import { encryptionMark, encryptionOf, issueOf, stateLooks } from "../drawing/node-state.ts";
import type { Theme } from "../drawing/theme.ts";

/** The columns of the connections screen with the names of their cells. */
const named = {
  sign: { ...left(" ", 0, 1), sign: true },
  name: left("NAME", 0, 6, 28),
  state: left("STATE", 1, 10, 12),
  address: left("ADDRESS", 3, 16, 22),
  tls: left("TLS", 2, 6),
  latency: { ...left("LATENCY", 5, 8, 9), align: "right" },
  pool: { ...left("POOL", 6, 4, 5), align: "right" },
  last: left("CONNECTED", 4, 9),
  why: { ...left("", 0, 12), grows: true, growsFrom: 22 },
} as const satisfies Record<string, DrawnColumn>;

type Cells = Readonly<Record<keyof typeof named, Cell>>;

/** From this width on TLS is told in words, and where a node is has a quarter of the line. */
const roomyWidth = 120;

/** The columns for a screen of this width. */
export function connectionColumns(width: number): readonly DrawnColumn[] {
  // Where there is least room, the state in a word is worth more than all of the reason.
  if (width < 80) return Object.values({ ...named, why: { ...named.why, growsFrom: 18 } });
  if (width < roomyWidth) return Object.values(named);
  const address = { ...named.address, maxWidth: Math.floor(width / 4) };
  return Object.values({ ...named, address, tls: { ...named.tls, minWidth: 12, maxWidth: 12 } });
}

const empty: Cell = { text: safe`` };
const blank: Cells = {
  sign: empty,
  name: empty,
  state: empty,
  address: empty,
  tls: empty,
  latency: empty,
  pool: empty,
  last: empty,
  why: empty,
};

const names = Object.keys(named).filter((name): name is keyof typeof named => name in named);

/** A line of the connections screen in the order of its columns. */
export function connectionCells(line: ConnectionLine, folded: boolean, theme: Theme, nowMs: number): Cell[] {
  const cells = line.kind === "group" ? groupCells(line, folded, theme) : nodeCells(line, theme, nowMs);
  return names.map((name) => cells[name]);
}

function groupCells(
  { group, nodes, count }: Extract<ConnectionLine, { kind: "group" }>,
  folded: boolean,
  theme: Theme,
): Cells {
  const name = safeName(group.name, 40, theme.glyphs.ellipsis);
  const worst = nodes.reduce<NodeEntry | null>((a, b) => (a && badness(a) >= badness(b) ? a : b), null);
  const looks = folded && worst ? stateLooks(worst) : null;
  // Of one that is stale nobody knows.
  const up = nodes.filter(({ health }) => health.state === "connected").length;
  return {
    ...blank,
    sign: {
      text: folded ? theme.glyphs.folded : theme.glyphs.open,
      meaning: looks && worst && badness(worst) > 1 ? looks.meaning : "muted",
    },
    name: group.colour === null ? { text: name, meaning: "strong" } : { text: name, colour: group.colour },
    state: { text: count === 0 ? safe`empty` : safe`${up}/${count} up`, meaning: "strong" },
  };
}

function nodeCells(
  { entry, node, grouped, answeredAgoMs }: Extract<ConnectionLine, { kind: "node" }>,
  theme: Theme,
  nowMs: number,
): Cells {
  const { ellipsis, unknown, connecting } = theme.glyphs;
  const looks = node
    ? stateLooks(node)
    : ({ glyph: "connecting", word: safe`connecting`, meaning: "accent" } as const);
  const name = safe`${grouped ? "  " : ""}${safeName(entry.name, 40, ellipsis)}`;
  const server = entry.address.slice(entry.address.indexOf("@") + 1);
  const place = server.slice(0, server.lastIndexOf("/"));
  const live = node !== null && isUp(node.health) ? node : null;
  const cell = (text: SafeText | null | undefined): Cell =>
    live ? { text: text ?? unknown } : { text: text ?? unknown, meaning: "muted" };
  return {
    sign: { text: node ? theme.glyphs[looks.glyph] : connecting, meaning: looks.meaning },
    name: live ? { text: name, colour: entry.colour } : { text: name, meaning: "muted" },
    state: { text: looks.word, meaning: looks.meaning },
    address: {
      ...cell(safeName(entry.address, 80, ellipsis)),
      shorter: [server, place, place.replace(/:5432$/, "")].map((form) => safeName(form, 80, ellipsis)),
    },
    tls: {
      ...cell(live && encryptionOf(live)),
      shorter: [(live && encryptionMark(live, theme.glyphs)) ?? unknown],
    },
    latency: cell(live?.health.latencyMs == null ? null : safe`${printTenths(live.health.latencyMs)} ms`),
    pool: cell(node ? safe`${node.pool.total}/${node.pool.max}` : null),
    last: cell(node?.health.state === "connected" ? safe`now` : lastConnected(answeredAgoMs)),
    why: whyOf(entry, node, theme, nowMs),
  };
}

function lastConnected(agoMs: number | null): SafeText {
  return agoMs === null ? safe`never` : safe`${printAge(agoMs / 1000)} ago`;
}

/** Why it is not up; else where it comes from, or that it will be forgotten. */
function whyOf(entry: ConnectionEntry, node: NodeEntry | null, theme: Theme, nowMs: number): Cell {
  const [text, ...shorter] = node ? issueOf(node, nowMs, theme.glyphs) : [];
  if (node && text !== undefined) return { text, shorter, meaning: stateLooks(node).meaning };
  const { saved, foundIn } = entry;
  if (foundIn !== null)
    return { text: safe`found in ${safeName(foundIn, 40, theme.glyphs.ellipsis)}`, meaning: "muted" };
  return saved
    ? empty
    : { text: safe`not saved: gone when pgparade ends`, shorter: [safe`not saved`], meaning: "muted" };
}
