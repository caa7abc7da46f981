import { reasonOf } from "../postgres/node-error.ts";
import type { ServerFacts } from "../postgres/server.ts";
import { printAge } from "../text/pretty.ts";
import type { Alert } from "./alerts.ts";
import { type Health, isUp } from "./health.ts";
import { unknownPulse } from "./unknown.ts";

export const eventKinds = [
  "state",
  "role",
  "restart",
  "setting",
  "alert",
  "action",
  "config",
  "discovery",
] as const;

/** Something that happened to a node. */
export type FleetEvent = {
  /** Milliseconds of our wall clock. */
  readonly clockMs: number;
  readonly node: string;
  readonly kind: (typeof eventKinds)[number];
  readonly severity: "ok" | "warning" | "critical";
  readonly text: string;
};

/** What is compared of a node between two rounds. */
export type Compared = {
  readonly name: string;
  readonly address: string;
  readonly bastion: string | null;
  readonly health: Health;
  readonly facts: Pick<ServerFacts, "inRecovery" | "timeline" | "startedAtMs"> | null;
  readonly alerts: readonly Alert[];
};

/** So many events are kept: a bad night on 20 nodes. */
const mostEvents = 1000;

/** The events with newer ones behind them; the oldest leave. */
export function withEvents(
  events: readonly FleetEvent[],
  newer: readonly FleetEvent[],
): readonly FleetEvent[] {
  return newer.length === 0 ? events : [...events, ...newer].slice(-mostEvents);
}

/**
 * What happened to the nodes between two rounds. The first login of a node is no event, and what is at another address
 * than before may be another server: that it moved is told of the edit.
 */
export function eventsBetween(
  before: Readonly<Record<string, Compared>>,
  after: Readonly<Record<string, Compared>>,
  clockMs: number,
): FleetEvent[] {
  return Object.values(after).flatMap((node) => {
    const earlier = Object.hasOwn(before, node.name) ? before[node.name] : undefined;
    if (earlier === node) return [];
    return eventsOf(earlier && isThere(earlier, node) ? earlier : unseen(node), node, clockMs);
  });
}

const isThere = (one: Compared, other: Compared) =>
  one.address === other.address && one.bastion === other.bastion;

/** A node before its first round, in which one that was just added may have failed already. */
function unseen(node: Compared): Compared {
  return { ...node, health: { ...node.health, state: "connecting" }, facts: null, alerts: [] };
}

/** The cause stands before its alerts. */
function eventsOf(before: Compared, after: Compared, clockMs: number): FleetEvent[] {
  const event = (kind: FleetEvent["kind"], severity: FleetEvent["severity"], text: string): FleetEvent => ({
    clockMs,
    node: after.name,
    kind,
    severity,
    text,
  });
  return [
    ...stateEvents(before.health, after.health).map(([severity, text]) => event("state", severity, text)),
    ...serverEvents(before.facts, after.facts).map(([kind, text]) => event(kind, "warning", text)),
    ...alertEvents(before.alerts, after).map(([severity, text]) => event("alert", severity, text)),
  ];
}

type Said = readonly [FleetEvent["severity"], string];

function stateEvents(before: Health, after: Health): Said[] {
  if (before.state === after.state) return [];
  const seconds = (after.sinceMs - before.sinceMs) / 1000;
  const wasUp = before.state === "connected" || before.state === "stale";
  switch (after.state) {
    case "connecting":
      return [];
    case "connected":
      if (before.state === "connecting") return [];
      if (before.state === "stale" && before.error)
        return [["ok", `answers again, after ${printAge(seconds)}`]];
      if (before.state === "stale") return [["ok", `answers again, after ${printAge(seconds)} of silence`]];
      return [["ok", `connected again after ${printAge(seconds)}`]];
    case "stale":
      return [["warning", after.error ? unknownPulse(after.error).reason : "does not answer"]];
    case "disconnected":
      return [["ok", "disconnected by the user"]];
    case "warm-standby":
      return [["ok", "accepts no connections, as the config says (hot_standby: off)"]];
    case "reconnecting":
    case "error": {
      const why = after.error ? `: ${reasonOf(after.error)}` : "";
      return [["critical", `${wasUp ? "lost" : "cannot be reached"}${why}`]];
    }
  }
}

function serverEvents(
  before: Compared["facts"],
  after: Compared["facts"],
): (readonly ["role" | "restart", string])[] {
  if (!before || !after) return [];
  const events: (readonly ["role" | "restart", string])[] = [];
  // A server that replays WAL may tell its start a little otherwise after each login.
  if (Math.abs(after.startedAtMs - before.startedAtMs) > 1000)
    events.push(["restart", "the server restarted"]);
  if (before.inRecovery !== after.inRecovery)
    events.push(["role", after.inRecovery ? "became a standby" : `was promoted, timeline ${after.timeline}`]);
  return events;
}

/** While a node does not answer nothing is known to be over; what is raised after it was not open all the while. */
function alertEvents(before: readonly Alert[], { alerts: after, health }: Compared): Said[] {
  const same = (alert: Alert) => (other: Alert) =>
    other.rule === alert.rule &&
    other.subject.kind === alert.subject.kind &&
    // The node itself may have another name by now.
    (alert.subject.kind === "node" || other.subject.id === alert.subject.id);
  const raised = after.flatMap((alert): Said[] => {
    const earlier = before.find(same(alert));
    return earlier?.severity === alert.severity ? [] : [[alert.severity, alert.text]];
  });
  const left = before.filter((alert) => !after.some(same(alert)));
  const how = (text: string): Said =>
    isUp(health) ? ["ok", `no longer: ${text}`] : ["warning", `unknown from now on: ${text}`];
  return [...raised, ...left.map(({ text }) => how(text))];
}

/** Nodes by what an edit of the config, or a source of members, changed of them. */
export type Edits = {
  readonly renamed: readonly { readonly from: string; readonly to: string }[];
  readonly added: readonly string[];
  readonly reconnected: readonly string[];
  readonly retuned: readonly string[];
};

/** The events after what changed the nodes, which is one too. What happened to a node stays with it under its new name. */
export function withEdits(
  events: readonly FleetEvent[],
  { renamed, added, reconnected, retuned }: Edits,
  clockMs: number,
  by: "config" | "discovery" = "config",
): readonly FleetEvent[] {
  const edited = (node: string, text: string): FleetEvent => ({
    clockMs,
    node,
    kind: by,
    severity: "ok",
    text: `${by}: ${text}`,
  });
  const names = new Map(renamed.map(({ from, to }) => [from, to]));
  const known = events.map((event) => ({ ...event, node: names.get(event.node) ?? event.node }));
  return withEvents(names.size === 0 ? events : known, [
    ...renamed.map(({ from, to }) => edited(to, `renamed, was ${from}`)),
    ...added.map((node) => edited(node, "added")),
    ...reconnected.map((node) => edited(node, "connection settings changed; it reconnects")),
    ...retuned.map((node) => edited(node, "settings changed; it stays connected")),
  ]);
}
