import { printVersion } from "../../postgres/version.ts";
import { isUp } from "../../stats/health.ts";
import type { NodeEntry } from "../../store/nodes.ts";
import { roleOf } from "../../store/selectors.ts";
import { printAge, printBytes, printElapsed, printRate } from "../../text/pretty.ts";
import { safeName } from "../../text/text.ts";
import type { Cell } from "../drawing/layout.ts";
import { encryptionMark, issueOf, stateLooks } from "../drawing/node-state.ts";
import type { Meaning, Theme } from "../drawing/theme.ts";
import { type FleetCells, gauge, lagTime, spark } from "./fleet-columns.ts";

/** For so long after a failover the new role is marked. */
const promotionMs = 60_000;

/** One node's line on the fleet screen; dimmed where the node does not answer. */
export function nodeCells(node: NodeEntry, depth: number, theme: Theme, nowMs: number): FleetCells {
  const looks = stateLooks(node);
  const { facts, trends, lag } = node;
  const up = isUp(node.health);
  const pulse = up ? node.pulse : null;
  const none = theme.glyphs.unknown;
  const role = roleOf(node);
  const dim: Meaning | undefined = up && node.health.state !== "stale" ? undefined : "muted";
  const cell = (text: string | null | undefined, meaning?: Meaning): Cell => {
    const shade = dim ?? meaning;
    return shade ? { text: text ?? none, meaning: shade } : { text: text ?? none };
  };
  const alerting = (rule: string, text: string | null | undefined) =>
    cell(text, node.alerts.find((alert) => alert.rule === rule)?.severity);
  const name = `${branch(depth, theme)}${safeName(node.name, 40, theme.glyphs.ellipsis)}`;
  return {
    sign: { text: theme.glyphs[looks.glyph], meaning: looks.meaning },
    name: dim ? { text: name, meaning: dim } : { text: name, colour: node.colour },
    role: cell(role === "unknown" ? null : role, isNewInRole(node, nowMs) ? "accent" : undefined),
    version: cell(facts && printVersion(facts.versionNum)),
    uptime: cell(facts && up ? printAge(uptimeSeconds(node)) : null),
    tls: cell(encryptionMark(node, theme.glyphs)),
    gauge: cell(pulse ? gauge(pulse.connections, pulse.max_connections, theme) : ""),
    connections: alerting(
      "connections_used",
      pulse && `${pulse.connections ?? none}/${pulse.max_connections ?? none}`,
    ),
    active: cell(pulse?.active?.toString()),
    blocked: alerting("blocked_sessions", pulse?.blocked?.toString()),
    transactions: cell(pulse && pulse.transactions !== null ? printRate(pulse.transactions) : null),
    spark: cell(up ? spark(trends.transactions, theme) : "", "accent"),
    hits: cell(pulse?.hit_ratio?.toFixed(1)),
    lag: alerting("replication_lag", role === "primary" ? "" : up ? lagTime(lag) : null),
    lagBytes: alerting("replication_lag_bytes", up && lag?.bytes != null ? printBytes(lag.bytes) : ""),
    oldest: alerting("oldest_transaction", oldest(node, pulse, none)),
    issue: issueCell(node, theme, nowMs),
  };
}

/** Standbys hang below the server that they receive WAL from. */
function branch(depth: number, { glyphs }: Theme): string {
  return depth === 0 ? "" : `${"  ".repeat(depth - 1)}${glyphs.tree} `;
}

/** Empty where no transaction is open, which only a role that sees all sessions can tell. */
function oldest({ facts }: NodeEntry, pulse: NodeEntry["pulse"], none: string): string {
  if (!pulse) return none;
  if (pulse.oldest_transaction !== null) return printElapsed(pulse.oldest_transaction);
  return facts?.readsAllStats ? "" : none;
}

function isNewInRole({ promotedAtMs }: NodeEntry, nowMs: number): boolean {
  return promotedAtMs !== null && nowMs - promotedAtMs < promotionMs;
}

function issueCell(node: NodeEntry, theme: Theme, nowMs: number): Cell {
  const { meaning, word } = stateLooks(node);
  const [text, ...shorter] = issueOf(node, nowMs, theme.glyphs);
  if (text !== undefined) return { text, shorter, meaning };
  if (!isUp(node.health)) return { text: word, meaning };
  if (node.promotedAtMs === null || !isNewInRole(node, nowMs)) return { text: "" };
  const ago = printAge((nowMs - node.promotedAtMs) / 1000);
  return { text: `became ${roleOf(node)} ${ago} ago`, meaning: "accent" };
}

function uptimeSeconds({ facts, pulse }: NodeEntry): number {
  // The server's own clock at the poll: ours may be wrong, and this stands still while the node is stale.
  return pulse?.server_time != null && facts ? pulse.server_time - facts.startedAtMs / 1000 : 0;
}
