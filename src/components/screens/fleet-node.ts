import { printVersion } from "../../postgres/version.ts";
import { hasFigures, isUp } from "../../stats/health.ts";
import { unseenSessions } from "../../stats/unknown.ts";
import type { NodeEntry } from "../../store/nodes.ts";
import { roleOf } from "../../store/selectors.ts";
import { printAge, printBytes, printElapsed, printRate, printTenths } from "../../text/pretty.ts";
import { type SafeText, safe } from "../../text/safe-text.ts";
import { safeName, safeText } from "../../text/text.ts";
import type { Cell } from "../drawing/layout.ts";
import { branch } from "../drawing/line.ts";
import { encryptionMark, issueOf, stateLooks } from "../drawing/node-state.ts";
import type { Meaning, Theme } from "../drawing/theme.ts";
import { type FleetCells, gauge, lagTime, productionCell, spark } from "./fleet-columns.ts";

/** For so long after a failover the new role is marked. */
const promotionMs = 60_000;

/** One node's line on the fleet screen; dimmed where the node does not answer. */
export function nodeCells(node: NodeEntry, depth: number, theme: Theme, nowMs: number): FleetCells {
  const looks = stateLooks(node);
  const { facts, trends, lag } = node;
  const up = isUp(node.health);
  const pulse = hasFigures(node.health) ? node.pulse : null;
  const none = theme.glyphs.unknown;
  const role = roleOf(node);
  const dim: Meaning | undefined = up && node.health.state !== "stale" ? undefined : "muted";
  const cell = (text: SafeText | null | undefined, meaning?: Meaning): Cell => {
    const shade = dim ?? meaning;
    return shade ? { text: text ?? none, meaning: shade } : { text: text ?? none };
  };
  const alerting = (rule: string, text: SafeText | null | undefined, other = rule) =>
    cell(text, node.alerts.find((alert) => alert.rule === rule || alert.rule === other)?.severity);
  const name = safe`${branch(depth, theme)}${safeName(node.name, 40, theme.glyphs.ellipsis)}`;
  return {
    sign: { text: theme.glyphs[looks.glyph], meaning: looks.meaning },
    name: dim ? { text: name, meaning: dim } : { text: name, colour: node.colour },
    production: productionCell(node.production),
    role: cell(
      role === "unknown" ? null : safe`${role}${up ? "" : "?"}`,
      isNewInRole(node, nowMs) ? "accent" : undefined,
    ),
    version: cell(facts && safeText(printVersion(facts.versionNum))),
    uptime: cell(uptime(facts, pulse)),
    tls: cell(encryptionMark(node, theme.glyphs)),
    gauge: cell(pulse ? gauge(pulse.connections, pulse.usable_connections, theme) : safe``),
    connections: alerting(
      "connections_used",
      pulse && safe`${pulse.connections ?? none}/${pulse.usable_connections ?? none}`,
    ),
    active: cell(printed(pulse?.active)),
    blocked: alerting("blocked_sessions", printed(pulse?.blocked)),
    transactions: cell(pulse && pulse.transactions !== null ? printRate(pulse.transactions) : null),
    spark: cell(up ? spark(trends.transactions, theme) : safe``, "accent"),
    hit_ratio: cell(pulse?.hit_ratio == null ? null : printTenths(pulse.hit_ratio)),
    lag_seconds: alerting("replication_lag", role === "primary" ? safe`` : up ? lagTime(lag) : null),
    lag_bytes: alerting("replication_lag_bytes", up && lag?.bytes != null ? printBytes(lag.bytes) : safe``),
    oldest_transaction: alerting("oldest_transaction", oldest(pulse, none), "prepared_transaction"),
    issue: issueCell(node, theme, nowMs),
  };
}

const printed = (count: number | null | undefined) => (count == null ? null : safe`${count}`);

/** Empty where no transaction is open, which can be told where all sessions are seen. */
function oldest(pulse: NodeEntry["pulse"], none: SafeText): SafeText {
  if (!pulse) return none;
  if (pulse.oldest_transaction !== null) return printElapsed(pulse.oldest_transaction);
  return unseenSessions(pulse) ? none : safe``;
}

function isNewInRole({ promotedAtMs }: NodeEntry, nowMs: number): boolean {
  return promotedAtMs !== null && nowMs - promotedAtMs < promotionMs;
}

function issueCell(node: NodeEntry, theme: Theme, nowMs: number): Cell {
  const { meaning, word } = stateLooks(node);
  const [text, ...shorter] = issueOf(node, nowMs, theme.glyphs);
  if (text !== undefined) return { text, shorter, meaning: meaning === "ok" ? "muted" : meaning };
  if (!isUp(node.health)) return { text: word, meaning };
  if (node.promotedAtMs === null || !isNewInRole(node, nowMs)) return { text: safe`` };
  const ago = printAge((nowMs - node.promotedAtMs) / 1000);
  return { text: safe`became ${roleOf(node)} ${ago} ago`, meaning: "accent" };
}

function uptime(facts: NodeEntry["facts"], pulse: NodeEntry["pulse"]): SafeText | null {
  // The server's own clock at the poll: ours may be wrong, and this stands still while the node is stale.
  return pulse?.server_time == null || !facts ? null : printAge(pulse.server_time - facts.startedAtMs / 1000);
}
