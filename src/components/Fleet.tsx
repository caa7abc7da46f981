import { printAge, printBytes, printElapsed, printRate } from "../postgres/pretty.ts";
import { safeText } from "../postgres/text.ts";
import { printVersion } from "../postgres/version.ts";
import { isUp } from "../stats/health.ts";
import { type Series, sparkline } from "../stats/history.ts";
import type { Lag } from "../stats/lag.ts";
import type { NodeEntry } from "../store/nodes.ts";
import { currentSpot } from "../store/screen.ts";
import { cursorIndex, type FleetLine, fleetLines, roleOf, shown } from "../store/selectors.ts";
import type { BodyProps } from "./body.ts";
import { Lines } from "./Lines.tsx";
import { type Cell, type DrawnColumn, drawLine, layOut, windowStart } from "./layout.ts";
import { badness, issueOf, stateLooks } from "./node-state.ts";
import type { Meaning, Theme } from "./theme.ts";

const sparkCells = 8;
/** Idle servers show a flat line instead of the noise of our own polls. */
const sparkFloor = 20;

const column = (
  header: string,
  priority: number,
  align: "left" | "right" = "right",
  maxWidth = 12,
): DrawnColumn => ({
  header,
  priority,
  align,
  maxWidth,
});

const columns: readonly DrawnColumn[] = [
  column(" ", 0, "left"),
  column("NODE", 0, "left", 28),
  column("ROLE", 1, "left", 8),
  column("VER", 6, "left", 6),
  column("UP", 7, "right", 8),
  { ...column("", 9, "left", 8), minWidth: 8 },
  { ...column("CONNS", 3), minWidth: 7 },
  { ...column("ACT", 4), minWidth: 3 },
  { ...column("WAIT", 4), minWidth: 4 },
  { ...column("TX/s", 3), minWidth: 4 },
  { ...column("", 8, "left", sparkCells), minWidth: sparkCells },
  { ...column("HIT%", 7), minWidth: 5 },
  { ...column("LAG", 1), minWidth: 5 },
  { ...column("", 6), minWidth: 7 },
  { ...column("OLDEST TX", 5), minWidth: 6 },
  { ...column("ISSUE", 0, "left"), grows: true },
];

/** The first screen: every node on a line, clusters as headings that take the worst state of what is inside. */
export function Fleet({ state, theme, width, height }: BodyProps) {
  const { nowMs } = shown(state);
  const lines = fleetLines(state);
  const cells = lines.map((line) => cellsOf(line, state.screen.folded, theme, nowMs));
  const layout = layOut(columns, cells, width - 2);
  const keys = lines.map(({ key }) => key);
  const spot = currentSpot(state.screen);
  const cursor = cursorIndex(spot, keys);
  const top = windowStart(spot.top, cursor, lines.length, height - 1);
  const drawn = cells.slice(top, top + height - 1).map((row, at) => {
    const isCursor = top + at === cursor;
    const marker = isCursor ? theme.glyphs.cursor : " ";
    return `${marker}${drawLine(row, columns, layout, theme, isCursor ? "selected" : null)}`;
  });
  const heading = ` ${theme.paint(
    "heading",
    drawLine(
      columns.map(({ header }) => ({ text: header })),
      columns,
      layout,
      theme,
    ),
  )}`;
  const hint = lines.length === 0 ? [emptyHint(state.observed.clusters.length, spot.filter)] : [];
  return <Lines lines={[heading, ...drawn, ...hint]} height={height} />;
}

function emptyHint(clusters: number, filter: string): string {
  if (filter !== "" && clusters > 0) return `  no node matches ${safeText(filter, 60)}; Esc drops the filter`;
  return "  no nodes yet: name them in the config file or on the command line";
}

function cellsOf(line: FleetLine, folded: ReadonlySet<string>, theme: Theme, nowMs: number): Cell[] {
  return line.kind === "node"
    ? nodeCells(line.node, line.depth, theme, nowMs)
    : clusterCells(line.cluster, line.nodes, folded.has(line.cluster.name), theme, nowMs);
}

function nodeCells(node: NodeEntry, depth: number, theme: Theme, nowMs: number): Cell[] {
  const looks = stateLooks(node);
  const up = isUp(node.health);
  const dim: Meaning | undefined = up && node.health.state !== "stale" ? undefined : "muted";
  const { facts, trends } = node;
  const pulse = up ? node.pulse : null;
  const none = theme.glyphs.unknown;
  const cell = (text: string | null | undefined, meaning?: Meaning): Cell => {
    const shade = dim ?? meaning;
    return shade ? { text: text ?? none, meaning: shade } : { text: text ?? none };
  };
  const alerting = (rule: string, text: string | null | undefined) =>
    cell(text, node.alerts.find((alert) => alert.rule === rule)?.severity);
  const indent = " ".repeat(depth);
  const name = `${indent}${safeText(node.name, 40)}`;
  return [
    { text: theme.glyphs[looks.glyph], meaning: looks.meaning },
    dim ? { text: name, meaning: dim } : { text: name, colour: node.colour },
    roleCell(node, cell, nowMs),
    cell(facts && printVersion(facts.versionNum)),
    cell(facts && up ? printElapsed(uptimeSeconds(node)) : null),
    cell(pulse ? gauge(pulse.connections, pulse.max_connections, theme) : ""),
    alerting("connections_used", pulse && `${pulse.connections ?? none}/${pulse.max_connections ?? none}`),
    cell(pulse && text(pulse.active)),
    alerting("blocked_sessions", pulse && text(pulse.blocked)),
    cell(pulse && pulse.transactions !== null ? printRate(pulse.transactions) : null),
    cell(spark(trends.transactions, theme), up ? "accent" : undefined),
    cell(pulse && pulse.hit_ratio !== null ? pulse.hit_ratio.toFixed(1) : null),
    alerting("replication_lag", lagTime(node.lag)),
    alerting("replication_lag_bytes", node.lag?.bytes != null ? printBytes(node.lag.bytes) : ""),
    alerting(
      "oldest_transaction",
      pulse && pulse.oldest_transaction !== null ? printElapsed(pulse.oldest_transaction) : null,
    ),
    { text: issueText(node, theme, nowMs), meaning: looks.meaning === "ok" ? "muted" : looks.meaning },
  ];
}

function roleCell(
  node: NodeEntry,
  cell: (text: string | null, meaning?: Meaning) => Cell,
  nowMs: number,
): Cell {
  const role = roleOf(node);
  if (role === "unknown") return cell(null);
  const promoted = node.promotedAtMs !== null && nowMs - node.promotedAtMs < 60_000;
  return cell(role, promoted ? "accent" : undefined);
}

function issueText(node: NodeEntry, theme: Theme, nowMs: number): string {
  const issue = issueOf(node, nowMs, theme.glyphs.times);
  if (issue !== "" || node.promotedAtMs === null || nowMs - node.promotedAtMs > 60_000) return issue;
  return `became ${roleOf(node)} ${printAge((nowMs - node.promotedAtMs) / 1000)} ago`;
}

const text = (value: number | null) => (value === null ? null : String(value));

function uptimeSeconds({ facts, pulse }: NodeEntry): number {
  // The server's own clock at the poll: ours may be wrong, and this stands still while the node is stale.
  return pulse?.server_time != null && facts ? pulse.server_time - facts.startedAtMs / 1000 : 0;
}

function lagTime(lag: Lag | null): string {
  if (lag === null) return "";
  if (lag.seconds === null) return "?";
  return `${lag.atLeast ? ">" : ""}${printAge(lag.seconds)}`;
}

function spark(series: Series, theme: Theme): string {
  return sparkline(series, sparkCells, { floor: sparkFloor, ascii: theme.ascii });
}

/** How full: eight cells of connections against max_connections. */
function gauge(value: number | null, max: number | null, { glyphs }: Theme): string {
  if (value === null || !max) return "";
  const full = Math.min(8, Math.ceil((8 * value) / max));
  return glyphs.full.repeat(full) + glyphs.empty.repeat(8 - full);
}

type Cluster = Extract<FleetLine, { kind: "cluster" }>["cluster"];

function clusterCells(
  cluster: Cluster,
  nodes: readonly NodeEntry[],
  folded: boolean,
  theme: Theme,
  nowMs: number,
): Cell[] {
  const up = nodes.filter((node) => isUp(node.health));
  const sum = (value: (node: NodeEntry) => number | null | undefined) =>
    up.reduce((total, node) => total + (value(node) ?? 0), 0);
  const versions = [...new Set(up.flatMap(({ facts }) => (facts ? [printVersion(facts.versionNum)] : [])))];
  const worst = nodes.reduce<NodeEntry | null>(
    (a, b) => (a === null || badness(b) > badness(a) ? b : a),
    null,
  );
  const looks = worst && badness(worst) > 1 ? stateLooks(worst) : null;
  const issue =
    worst && looks
      ? `${theme.glyphs[looks.glyph]} ${safeText(worst.name, 40)} ${issueOf(worst, nowMs, theme.glyphs.times)}`
      : "";
  const lags = up.flatMap(({ lag }) => (lag?.seconds != null ? [lag.seconds] : []));
  const oldest = up.flatMap(({ pulse }) =>
    pulse?.oldest_transaction != null ? [pulse.oldest_transaction] : [],
  );
  const strong = (value: string): Cell => ({ text: value, meaning: "strong" });
  const name = safeText(cluster.name, 40);
  return [
    {
      text: folded ? theme.glyphs.folded : theme.glyphs.open,
      meaning: looks && folded ? looks.meaning : "muted",
    },
    cluster.production
      ? { text: name, meaning: "production" }
      : cluster.colour
        ? { text: name, colour: cluster.colour }
        : strong(name),
    strong(`${nodes.length} ${nodes.length === 1 ? "node" : "nodes"}`),
    strong(versions.length > 1 ? "mixed" : (versions[0] ?? "")),
    strong(""),
    strong(""),
    strong(
      up.length > 0
        ? `${sum(({ pulse }) => pulse?.connections)}/${sum(({ pulse }) => pulse?.max_connections)}`
        : "",
    ),
    strong(up.length > 0 ? String(sum(({ pulse }) => pulse?.active)) : ""),
    strong(up.length > 0 ? String(sum(({ pulse }) => pulse?.blocked)) : ""),
    strong(up.length > 0 ? printRate(sum(({ pulse }) => pulse?.transactions)) : ""),
    { text: spark(total(up.map(({ trends }) => trends.transactions)), theme), meaning: "accent" },
    strong(""),
    strong(lags.length > 0 ? printAge(Math.max(...lags)) : ""),
    strong(""),
    strong(oldest.length > 0 ? printElapsed(Math.max(...oldest)) : ""),
    cluster.problem
      ? { text: `${theme.glyphs.error} ${cluster.problem}`, meaning: "critical" }
      : { text: issue, meaning: looks?.meaning ?? "muted" },
  ];
}

/** Several nodes' series added up from their newest ends. */
function total(series: readonly Series[]): Series {
  return Array.from({ length: sparkCells }, (_, at) => {
    const values = series.flatMap((one) => one.at(at - sparkCells) ?? []);
    return values.length === 0 ? null : values.reduce((a, b) => a + b, 0);
  });
}
