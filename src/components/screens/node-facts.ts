import { quoteIdentifier } from "../../postgres/identifier.ts";
import { printLsn } from "../../postgres/lsn.ts";
import { printTls, type TlsState } from "../../postgres/server.ts";
import { isUp } from "../../stats/health.ts";
import type { NodeEntry } from "../../store/nodes.ts";
import { roleOf } from "../../store/selectors.ts";
import { printAge, printBytes, printElapsed } from "../../text/pretty.ts";
import { safeName } from "../../text/text.ts";
import type { Fact } from "../drawing/fact-lines.ts";
import type { Theme } from "../drawing/theme.ts";

/** What the server is, from one connect to the next. */
export function factsOf({ facts, ...node }: NodeEntry, { glyphs }: Theme): Fact[] {
  const safe = (text: string) => safeName(text, 60, glyphs.ellipsis);
  const way: Fact[] = node.bastion === null ? [] : [["reached", `through ssh ${safe(node.bastion)}`]];
  if (!facts) return [["server", "not reached yet", "muted"], ...way];
  const extensions = [...facts.extensions.keys()].filter((name) => name !== "plpgsql").join(", ");
  return [
    ["version", safe(facts.version)],
    ["timeline", facts.timeline === null ? glyphs.unknown : String(facts.timeline)],
    ["system identifier", facts.systemIdentifier ?? "not permitted"],
    ["started", `${new Date(facts.startedAtMs).toISOString().slice(0, 16).replace("T", " ")} UTC`],
    ["database", safe(facts.database)],
    ["logged in as", `${safe(facts.user)}${facts.superuser ? " (superuser)" : ""}`],
    facts.readsAllStats
      ? ["may see", "all sessions"]
      : ["missing right", `GRANT pg_monitor TO ${safe(quoteIdentifier(facts.user))}`, "warning"],
    ["encryption", printTls(facts.tls)],
    ...certificate(node.alerts, facts.tls),
    ...way,
    ...(facts.throughPooler ? [["reached", "through a pooler"] as const] : []),
    ["extensions", extensions === "" ? "none" : safe(extensions)],
    ["WAL position", position(node.pulse) ?? glyphs.unknown],
  ];
}

function certificate(alerts: NodeEntry["alerts"], tls: TlsState | null): Fact[] {
  if (tls?.expiresAtMs == null) return [];
  const severity = alerts.find(({ rule }) => rule === "certificate_expiry")?.severity;
  return [["certificate ends", new Date(tls.expiresAtMs).toISOString().slice(0, 10), severity ?? "plain"]];
}

function position(pulse: NodeEntry["pulse"]): string | null {
  const lsn = pulse?.current_lsn ?? pulse?.replay_lsn ?? null;
  return lsn === null ? null : printLsn(lsn);
}

/** What goes on: the server's sessions by its newest answer, and our own. */
export function sessionsOf(node: NodeEntry, nowMs: number, theme: Theme): Fact[] {
  const { pool, health, pulseAtMs } = node;
  const live = isUp(health) ? node.pulse : null;
  const known = (value: number | null | undefined) => value?.toString() ?? theme.glyphs.unknown;
  const age = pulseAtMs === null ? "none yet" : `${printAge((nowMs - pulseAtMs) / 1000)} old`;
  const ours: Fact[] = [
    ["our sessions", ourSessions(pool)],
    ["newest sample", age, health.state === "stale" ? "warning" : "plain"],
  ];
  if (!live) return ours;
  return [
    ["role", roleOf(node)],
    ...replicationOf(node, live, theme),
    ["connections", `${known(live.connections)} of ${known(live.max_connections)}`],
    ["active", known(live.active)],
    ["waiting for locks", known(live.blocked), live.blocked ? "warning" : "plain"],
    ["idle in transaction", known(live.idle_in_transaction)],
    ["oldest transaction", oldest(node, live.oldest_transaction) ?? theme.glyphs.unknown],
    ["cache hits", live.hit_ratio === null ? theme.glyphs.unknown : `${live.hit_ratio.toFixed(1)}%`],
    ["answers in", health.latencyMs === null ? theme.glyphs.unknown : `${health.latencyMs.toFixed(1)} ms`],
    ...ours,
  ];
}

function oldest({ facts }: NodeEntry, seconds: number | null): string | null {
  if (seconds !== null) return printElapsed(seconds);
  return facts?.readsAllStats ? "none" : null;
}

function ourSessions({ total, idle, waiting, max }: NodeEntry["pool"]): string {
  return `${total} of ${max}, ${idle} idle${waiting > 0 ? `, ${waiting} waiting` : ""}`;
}

function replicationOf(node: NodeEntry, live: NonNullable<NodeEntry["pulse"]>, theme: Theme): Fact[] {
  if (roleOf(node) !== "standby") return [];
  const { sender_host: host, sender_port: port, receiver } = live;
  const safe = (text: string) => safeName(text, 60, theme.glyphs.ellipsis);
  return [
    ["replay lag", lagText(node.lag, theme)],
    [
      "WAL receiver",
      receiver === null ? "not running" : safe(receiver),
      receiver === null ? "warning" : "plain",
    ],
    ...(host === null ? [] : [["receives from", `${safe(host)}:${port}`] as const]),
  ];
}

function lagText(lag: NodeEntry["lag"], { glyphs }: Theme): string {
  if (!lag) return glyphs.unknown;
  const time = lag.seconds === null ? "unknown" : `${lag.atLeast ? "at least " : ""}${printAge(lag.seconds)}`;
  return lag.bytes === null ? time : `${time}, ${printBytes(lag.bytes)}`;
}
