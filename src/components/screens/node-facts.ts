import { printLsn } from "../../postgres/lsn.ts";
import {
  grantMonitor,
  holdsTemplate,
  printTls,
  type ServerFacts,
  type TlsState,
} from "../../postgres/server.ts";
import { hasFigures } from "../../stats/health.ts";
import { unseenSessions } from "../../stats/unknown.ts";
import type { NodeEntry } from "../../store/nodes.ts";
import { roleOf } from "../../store/selectors.ts";
import { printAge, printBytes, printElapsed, printTenths, printTook } from "../../text/pretty.ts";
import { type SafeText, safe } from "../../text/safe-text.ts";
import { safeName, safeText } from "../../text/text.ts";
import { printDuration } from "../../text/units.ts";
import { configuredAddress } from "../../views/server/configured-upstream.ts";
import type { Fact } from "../drawing/fact-lines.ts";
import type { Meaning, Theme } from "../drawing/theme.ts";

/** What the server is, from one connect to the next. */
export function factsOf({ facts, ...node }: NodeEntry, { glyphs }: Theme): Fact[] {
  const short = (text: string) => safeName(text, 60, glyphs.ellipsis);
  const way: Fact[] = node.bastion === null ? [] : [["reached", safe`through ssh ${short(node.bastion)}`]];
  if (!facts) return [["server", safe`not reached yet`, "muted"], ...way];
  const atLeast = facts.timelineAtLeast ? safe`at least ` : safe``;
  const extensions = [...facts.extensions.keys()].filter((name) => name !== "plpgsql").join(", ");
  return [
    ["version", short(facts.version)],
    ["timeline", facts.timeline === null ? glyphs.unknown : safe`${atLeast}${facts.timeline}`],
    [
      "system identifier",
      facts.systemIdentifier === null ? safe`not permitted` : short(facts.systemIdentifier),
    ],
    ["started", safeText(`${new Date(facts.startedAtMs).toISOString().slice(0, 16).replace("T", " ")} UTC`)],
    holdsTemplate(facts)
      ? ["database", safe`${short(facts.database)} (a template)`, "warning"]
      : ["database", short(facts.database)],
    ["logged in as", safe`${short(facts.sessionUser)}${facts.superuser ? " (superuser)" : ""}`],
    ...(facts.user === facts.sessionUser
      ? []
      : [["with the rights of", short(facts.user), "warning"] as const]),
    seesAllSessions(node.pulse, facts)
      ? ["may see", safe`all sessions`]
      : ["missing right", safeText(grantMonitor({ user: facts.user, sessionUser: facts.user })), "warning"],
    ["encryption", short(printTls(facts.tls))],
    ...certificate(node.alerts, facts.tls),
    ...way,
    ...(facts.throughPooler ? [["reached", safe`through a pooler`] as const] : []),
    ["extensions", extensions === "" ? safe`none` : short(extensions)],
    ["WAL position", position(node.pulse) ?? glyphs.unknown],
  ];
}

function certificate(alerts: NodeEntry["alerts"], tls: TlsState | null): Fact[] {
  if (tls?.expiresAtMs == null) return [];
  const severity = alerts.find(({ rule }) => rule === "certificate_expiry")?.severity;
  return [
    ["certificate ends", safeText(new Date(tls.expiresAtMs).toISOString().slice(0, 10)), severity ?? "plain"],
  ];
}

function position(pulse: NodeEntry["pulse"]): SafeText | null {
  const lsn = pulse?.current_lsn ?? pulse?.replay_lsn ?? null;
  return lsn === null ? null : safeText(printLsn(lsn));
}

/** What goes on: the server's sessions by its newest answer, and our own. */
export function sessionsOf(node: NodeEntry, nowMs: number, theme: Theme): Fact[] {
  const { health, pulseAtMs } = node;
  const live = hasFigures(health) ? node.pulse : null;
  const known = (value: number | null | undefined) => (value == null ? theme.glyphs.unknown : safe`${value}`);
  const age = pulseAtMs === null ? safe`none yet` : safe`${printAge((nowMs - pulseAtMs) / 1000)} old`;
  const ours: Fact[] = [
    ["our sessions", ourSessions(node)],
    ["our own cost", ownCost(node.ourCost, theme)],
    ["newest sample", age, health.state === "stale" ? "warning" : "plain"],
  ];
  if (!live) return ours;
  return [
    ["role", safe`${roleOf(node)}`],
    ...replicationOf(node, live, theme),
    ["connections", safe`${known(live.connections)} of ${known(live.usable_connections)}${reserved(live)}`],
    ["active", known(live.active)],
    ["waiting for locks", ...waitingForLocks(live, theme)],
    ["idle in transaction", known(live.idle_in_transaction)],
    ["oldest transaction", oldest(live) ?? theme.glyphs.unknown],
    ...prepared(live, theme),
    ["cache hits", live.hit_ratio === null ? theme.glyphs.unknown : safe`${printTenths(live.hit_ratio)}%`],
    [
      "answers in",
      health.latencyMs === null ? theme.glyphs.unknown : safe`${printTenths(health.latencyMs)} ms`,
    ],
    ...ours,
  ];
}

/** Sessions of clients, and the replay of a standby, which waits for theirs. */
function waitingForLocks({ blocked, replay_wait: wait }: Pulse, { glyphs }: Theme): [SafeText, Meaning] {
  const sessions = blocked === null ? glyphs.unknown : safe`${blocked}`;
  if (wait?.startsWith("Lock:")) return [safe`${sessions}, and the replay of WAL`, "warning"];
  return [sessions, blocked ? "warning" : "plain"];
}

type Pulse = NonNullable<NodeEntry["pulse"]>;

function oldest(pulse: Pulse): SafeText | null {
  if (pulse.oldest_transaction !== null) return printElapsed(pulse.oldest_transaction);
  return unseenSessions(pulse) ? null : safe`none`;
}

/** No session holds it: whoever looks for one looks in vain. */
function prepared({ oldest_prepared: seconds, oldest_prepared_gid: gid }: Pulse, { glyphs }: Theme): Fact[] {
  if (seconds === null) return [];
  return [["oldest prepared", safe`${printElapsed(seconds)} ${safeName(gid ?? "", 60, glyphs.ellipsis)}`]];
}

function reserved({ max_connections: max, usable_connections: usable }: Pulse): SafeText {
  return max === null || usable === null || max === usable ? safe`` : safe`, +${max - usable} reserved`;
}

/** The newest answer knows it better: a right may be granted and taken back meanwhile. */
function seesAllSessions(pulse: NodeEntry["pulse"], { readsAllStats }: ServerFacts): boolean {
  return pulse?.hidden_processes == null ? readsAllStats : pulse.hidden_processes === 0;
}

function ourSessions({ pool, ourCost }: NodeEntry): SafeText {
  const { total, idle, waiting, max } = pool;
  const others = ourCost.sessions - total;
  const elsewhere = others > 0 ? safe`, ${others} in other databases` : "";
  return safe`${total} of ${max}, ${idle} idle${waiting > 0 ? safe`, ${waiting} waiting` : ""}${elsewhere}`;
}

/** Of the last minute how much of a server second and how many statements, and what most of it is now. */
function ownCost({ minute, dearest }: NodeEntry["ourCost"], { glyphs }: Theme): SafeText {
  if (!minute) return safe`${glyphs.unknown} (not yet a minute)`;
  const most = dearest
    ? safe`; ${safeText(dearest.view)} ${printTook(dearest.tookMs)} every ${safeText(printDuration(dearest.everyMs))}`
    : "";
  return safe`${glyphs.atMost}${printShare(minute.share)}, ${minute.statements}/min${most}`;
}

/** What is there is not called nothing. */
const printShare = (share: number) =>
  share > 0 && share < 0.001 ? safe`0.1%` : safe`${printTenths(100 * share)}%`;

function replicationOf(node: NodeEntry, live: NonNullable<NodeEntry["pulse"]>, theme: Theme): Fact[] {
  if (roleOf(node) !== "standby") return [];
  const { sender_host: host, sender_port: port, receiver, follows } = live;
  const to = configuredAddress(live);
  const short = (text: string) => safeName(text, 60, theme.glyphs.ellipsis);
  return [
    ["replay lag", lagText(node.lag, theme)],
    receiver === "none" && follows === false
      ? ["WAL receiver", safe`none, WAL comes from an archive`]
      : [
          "WAL receiver",
          receiver === null
            ? theme.glyphs.unknown
            : receiver === "none"
              ? safe`not running`
              : short(receiver),
          receiver === null || receiver === "streaming" ? "plain" : "warning",
        ],
    ...(to === null || receiver !== "none"
      ? []
      : [
          [
            "should receive from",
            live.configured_slot === null
              ? short(to)
              : safe`${short(to)}, slot ${short(live.configured_slot)}`,
          ] as const,
        ]),
    ...(host === null
      ? []
      : [["receives from", safe`${short(host)}:${port ?? theme.glyphs.unknown}`] as const]),
  ];
}

function lagText(lag: NodeEntry["lag"], { glyphs }: Theme): SafeText {
  if (!lag) return glyphs.unknown;
  const time =
    lag.seconds === null ? safe`unknown` : safe`${lag.atLeast ? "at least " : ""}${printAge(lag.seconds)}`;
  return lag.bytes === null ? time : safe`${time}, ${printBytes(lag.bytes)}`;
}
