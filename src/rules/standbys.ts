import type { Finding } from "../stats/alerts.ts";
import { isUp } from "../stats/health.ts";
import { notReceiving, unknownLag, unknownReceiver } from "../stats/unknown.ts";
import { safeName } from "../text/text.ts";
import { type PulseRow, pulseView } from "../views/server/pulse.ts";
import { relatives } from "./relatives.ts";
import { defineRule, found, type JudgedFleet, type JudgedNode, nothingFound } from "./rule.ts";

/** The standby itself, which its own page shows. */
const itself = ({ name }: JudgedNode) => ({ subject: { kind: "standby" as const, id: name }, opens: null });

/** The pulse of a standby; null for a primary. */
const standing = ({ pulse }: JudgedNode): PulseRow | null => (pulse?.in_recovery === true ? pulse : null);

/** recovery_min_apply_delay in seconds: the standby is that late on purpose. */
const delayOf = ({ apply_delay }: PulseRow) => apply_delay ?? 0;

export const replicationLag = defineRule({
  name: "replication_lag",
  about: "replay lag of a standby, less its recovery_min_apply_delay",
  unit: "seconds",
  default: { warning: 10, critical: 60, forMs: 0 },
  needs: [pulseView],
  find: (node, _, { warning, critical }) => {
    const pulse = standing(node);
    if (!pulse) return nothingFound;
    const delay = delayOf(pulse);
    const level = warning ?? critical;
    const seconds = node.lag?.seconds ?? null;
    // What its primary wrote tells the lag, whoever receives it.
    const isMeasured = seconds !== null && node.lag?.source !== "standby";
    const silent = isMeasured ? [] : unknownReceiver(pulse);
    const unknown = silent.length > 0 ? silent : unknownLag(node.lag, level === null ? null : level + delay);
    if (seconds === null) return { findings: [], unknown };
    const text = delay > 0 ? "replay lag beyond recovery_min_apply_delay" : "replay lag";
    return {
      findings: [
        {
          ...{
            ...itself(node),
            value: Math.max(0, seconds - delay),
            text,
            atLeast: node.lag?.atLeast === true,
          },
          ...heldUp(pulse),
        },
      ],
      unknown,
    };
  },
});

/**
 * What keeps replay from going on: a session's lock, which the locks show, or rows and buffers that queries use, until
 * `max_standby_streaming_delay` cancels them.
 */
function heldUp({ replay_wait: wait }: PulseRow): Pick<Finding, "detail"> {
  if (wait?.startsWith("Lock:")) return { detail: ": replay waits for a lock that a session here holds" };
  if (wait === "BufferPin:BufferPin" || wait?.startsWith("IPC:RecoveryConflict"))
    return { detail: ": replay waits for queries here" };
  return {};
}

export const replicationLagBytes = defineRule({
  name: "replication_lag_bytes",
  about: "WAL that a standby has not replayed, or not received where it replays late on purpose",
  unit: "bytes",
  default: { warning: 256 * 1024 ** 2, critical: 1024 ** 3, forMs: 0 },
  needs: [pulseView],
  find: (node) => {
    const pulse = standing(node);
    if (!pulse) return nothingFound;
    if (node.lag?.bytes == null) {
      const silent = unknownReceiver(pulse);
      return { findings: [], unknown: silent.length > 0 ? silent : unknownLag(null, 0) };
    }
    const behind = node.lag.bytes;
    // What the primary wrote more is not seen.
    const atLeast = node.lag.source === "standby";
    if (delayOf(pulse) === 0)
      return found({ ...itself(node), value: Number(behind), text: "replay lag", atLeast });
    const { receive_lsn: received, replay_lsn: replayed } = pulse;
    // What it has received waits for the delay.
    const waiting = received !== null && replayed !== null && received > replayed ? received - replayed : 0n;
    const value = Number(behind > waiting ? behind - waiting : 0n);
    return found({ ...itself(node), value, text: "WAL not received" });
  },
});

export const receiverDown = defineRule({
  name: "receiver_down",
  about: "a standby that follows a primary receives no WAL from it",
  unit: "state",
  default: { warning: 1, critical: null, forMs: 10_000 },
  needs: [pulseView],
  find: (node, all) => {
    const pulse = standing(node);
    const reason = pulse && notReceiving(pulse);
    if (!pulse || reason === null) return nothingFound;
    // Before 12, and to a bare role, only what was received tells a receiver that died from a standby that reads an archive.
    if (pulse.follows === null && pulse.receive_lsn === null)
      return { findings: [], unknown: unknownReceiver(pulse) };
    return found({ ...itself(node), value: 1, text: reason, detail: whyNot(node, all) });
  },
});

/** The receiver has gone with its primary, as far as the cluster's nodes tell. */
function whyNot(node: JudgedNode, all: JudgedFleet): string {
  const primaries = relatives(node, all).filter(({ facts }) => facts?.inRecovery === false);
  const [gone] = primaries;
  if (!gone || primaries.some(({ health }) => isUp(health))) return "";
  return `: its primary ${safeName(gone.name)} is down`;
}

export const replayPaused = defineRule({
  name: "replay_paused",
  about: "replay of a standby is paused: pg_wal_replay_pause(), or a recovery target is reached",
  unit: "state",
  default: { warning: 1, critical: null, forMs: 0 },
  needs: [pulseView],
  find: (node) =>
    standing(node)?.replay_paused === true
      ? found({ ...itself(node), value: 1, text: "replay is paused" })
      : nothingFound,
});
