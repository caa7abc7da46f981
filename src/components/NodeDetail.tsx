import { printLsn } from "../postgres/lsn.ts";
import { printAge, printBytes, printElapsed, printRate } from "../postgres/pretty.ts";
import { safeText } from "../postgres/text.ts";
import { isUp } from "../stats/health.ts";
import { type Series, sparkline } from "../stats/history.ts";
import type { NodeEntry } from "../store/nodes.ts";
import { currentSpot } from "../store/screen.ts";
import { roleOf, shown } from "../store/selectors.ts";
import type { BodyProps } from "./body.ts";
import { Lines } from "./Lines.tsx";
import { issueOf, stateLooks } from "./node-state.ts";
import type { Meaning, Theme } from "./theme.ts";

type Fact = readonly [label: string, value: string, meaning?: Meaning];

/** One node: what is wrong, what it is, its sessions and ours, and how the last minutes went. */
export function NodeDetail({ state, theme, width, height }: BodyProps) {
  const { place } = currentSpot(state.screen);
  const { nodes, nowMs } = shown(state);
  const node = place.kind === "node" ? nodes[place.node] : undefined;
  if (!node) return <Lines lines={["  this node is gone; Esc goes back"]} height={height} />;
  const looks = stateLooks(node);
  const since = printElapsed((nowMs - node.health.sinceMs) / 1000);
  const issue = issueOf(node, nowMs, theme.glyphs.times);
  const lines = [
    ` ${theme.paint(looks.meaning, `${theme.glyphs[looks.glyph]} ${looks.word}`)} ${theme.tag(node.colour, safeText(node.name, 60))}  ${node.address}  ${theme.paint("muted", `${node.health.state} for ${since}`)}`,
    issue === "" ? "" : theme.paint(looks.meaning, `   ${issue}`),
    node.health.error?.hint && !isUp(node.health)
      ? theme.paint("muted", `   ${safeText(node.health.error.hint, 200)}`)
      : "",
    ...node.alerts.slice(1).map((alert) => theme.paint(alert.severity, `   ${alert.text}`)),
    "",
    ...sideBySide(factsOf(node), sessionsOf(node, nowMs), width, theme),
    "",
    ...trends(node, width, theme),
  ];
  return <Lines lines={lines} height={height} />;
}

function factsOf(node: NodeEntry): Fact[] {
  const { facts, pulse } = node;
  if (!facts) return [["server", "not reached yet", "muted"]];
  const missing = facts.readsAllStats ? "" : `GRANT pg_monitor TO ${safeText(facts.user, 40)}`;
  const extensions = [...facts.extensions.keys()].filter((name) => name !== "plpgsql").join(", ");
  return [
    ["version", safeText(facts.version, 60)],
    ["role", roleOf(node)],
    ["timeline", facts.timeline === null ? "–" : String(facts.timeline)],
    ["system identifier", facts.systemIdentifier ?? "not permitted"],
    ["started", `${new Date(facts.startedAtMs).toISOString().slice(0, 19).replace("T", " ")} UTC`],
    ["database", safeText(facts.database, 40)],
    ["logged in as", `${safeText(facts.user, 40)}${facts.superuser ? " (superuser)" : ""}`],
    missing ? ["missing right", missing, "warning"] : ["may see", "all sessions"],
    ["encryption", tlsText(node)],
    ["extensions", extensions === "" ? "none" : safeText(extensions, 60)],
    ["WAL position", positionOf(pulse)],
  ];
}

function tlsText({ facts }: NodeEntry): string {
  if (!facts?.tls) return "not encrypted";
  return `${facts.tls.protocol} ${facts.tls.verified ? "verified" : "not verified"}`;
}

function positionOf(pulse: NodeEntry["pulse"]): string {
  const position = pulse?.current_lsn ?? pulse?.replay_lsn ?? null;
  return position === null ? "–" : printLsn(position);
}

function sessionsOf(node: NodeEntry, nowMs: number): Fact[] {
  const { pool, pulse, health, lag } = node;
  const live = isUp(health) ? pulse : null;
  const value = (number: number | null | undefined) => (number == null ? "–" : String(number));
  const age = node.pulseAtMs === null ? "–" : printAge((nowMs - node.pulseAtMs) / 1000);
  const facts: Fact[] = [
    ["connections", `${value(live?.connections)} of ${value(live?.max_connections)}`],
    ["active", value(live?.active)],
    ["waiting for locks", value(live?.blocked), live?.blocked ? "critical" : "plain"],
    ["idle in transaction", value(live?.idle_in_transaction)],
    ["oldest transaction", live?.oldest_transaction == null ? "–" : printElapsed(live.oldest_transaction)],
    ["cache hits", live?.hit_ratio == null ? "–" : `${live.hit_ratio.toFixed(1)}%`],
    ["our sessions", `${pool.total} open, ${pool.idle} idle, ${pool.waiting} waiting, ${pool.max} at most`],
    ["answers in", health.latencyMs === null ? "–" : `${health.latencyMs.toFixed(1)} ms`],
    ["newest sample", `${age} old`],
  ];
  if (roleOf(node) === "standby")
    facts.push(["replay lag", lagText(lag)], ["WAL receiver", receiverText(live)]);
  return facts;
}

function receiverText(pulse: NodeEntry["pulse"]): string {
  if (!pulse) return "–";
  if (pulse.receiver === null) return "not running";
  const from =
    pulse.sender_host === null ? "" : ` from ${safeText(pulse.sender_host, 40)}:${pulse.sender_port}`;
  return `${safeText(pulse.receiver, 20)}${from}`;
}

function lagText(lag: NodeEntry["lag"]): string {
  if (!lag) return "–";
  const time = lag.seconds === null ? "unknown" : `${lag.atLeast ? "at least " : ""}${printAge(lag.seconds)}`;
  return lag.bytes === null ? time : `${time}, ${printBytes(lag.bytes)}`;
}

function sideBySide(left: readonly Fact[], right: readonly Fact[], width: number, theme: Theme): string[] {
  const half = Math.max(40, Math.floor((width - 2) / 2));
  const print = ([label, value, meaning]: Fact, room: number) => {
    const text =
      value.length > room - 22 ? `${value.slice(0, Math.max(0, room - 23))}${theme.glyphs.ellipsis}` : value;
    return ` ${theme.paint("muted", label.padStart(19))}  ${meaning ? theme.paint(meaning, text) : text}${" ".repeat(Math.max(0, room - 22 - text.length))}`;
  };
  if (width < 80 + 2) return [...left, ...right].map((fact) => print(fact, width));
  return Array.from({ length: Math.max(left.length, right.length) }, (_, at) => {
    const [a, b] = [left[at], right[at]];
    return `${a ? print(a, half) : " ".repeat(half)}${b ? print(b, half) : ""}`.trimEnd();
  });
}

function trends({ trends: series, pulse }: NodeEntry, width: number, theme: Theme): string[] {
  const cells = Math.max(10, Math.min(120, width - 36));
  const line = (label: string, values: Series, floor: number, print: (value: number) => string) => {
    const known = values.filter((value) => value !== null);
    if (known.length === 0) return "";
    const now = values.at(-1) ?? null;
    const scale = `${now === null ? theme.glyphs.unknown : print(now)}`.padStart(7);
    const most = `max ${print(Math.max(...known.slice(-cells)))}`;
    return ` ${theme.paint("muted", label.padStart(19))}${scale} ${theme.paint("accent", sparkline(values, cells, { floor, ascii: theme.ascii }).padStart(cells))} ${theme.paint("muted", most)}`;
  };
  return [
    line("TX/s", series.transactions, 20, printRate),
    line("connections", series.connections, pulse?.max_connections ? pulse.max_connections / 4 : 10, String),
    line("lag", series.lagSeconds, 5, printAge),
    line("answer ms", series.latencyMs, 5, (ms) => ms.toFixed(1)),
  ].filter((text) => text !== "");
}
