import { isLostNext, secondsLeft } from "../stats/replication/wal-time.ts";
import type { Reason } from "../stats/unknown.ts";
import { safeName } from "../text/text.ts";
import { replicationSlots, type Slot } from "../views/replication/replication-slots.ts";
import { slots } from "../views/replication/slots.ts";
import { keyOf } from "../views/view.ts";
import { defineRule, found, type JudgedNode, rowsOf } from "./rule.ts";

const everyMs = 30_000;

const itself = (slot: Slot) => ({
  subject: { kind: "slot" as const, id: slot.slot_name ?? "" },
  opens: { view: slots.name, key: keyOf(slots, slot) },
});

const name = (slot: Slot) => safeName(slot.slot_name ?? "", 63);

export const slotInactive = defineRule({
  name: "slot_inactive",
  about: "a replication slot that holds WAL or rows back has no consumer",
  unit: "state",
  default: { warning: 1, critical: null, forMs: 300_000 },
  needs: [replicationSlots],
  everyMs,
  find: (node, all) => {
    const sample = all.sample(replicationSlots, node.name);
    const askedMs = sample?.state === "ok" ? sample.atMs : all.nowMs;
    const abandoned = rowsOf(all, replicationSlots, node).filter((slot) => isAbandoned(node, slot));
    return found(...abandoned.map((slot) => inactive(slot, askedMs, all.clockMs - all.nowMs)));
  },
});

export const slotLost = defineRule({
  name: "slot_lost",
  about: "a replication slot has lost its WAL or is invalidated: its consumer cannot go on",
  unit: "state",
  default: { warning: null, critical: 1, forMs: 0 },
  needs: [replicationSlots],
  everyMs,
  // It is final, and the alert of the time that was left ends with it.
  atOnce: true,
  find: (node, all) =>
    found(
      ...rowsOf(all, replicationSlots, node)
        .filter((slot) => isInvalid(slot) && isUnused(node, slot))
        .map((slot) => ({ ...itself(slot), value: 1, text: `slot ${name(slot)} ${whyInvalid(slot)}` })),
    ),
});

/** A slot that was never used holds nothing, and one that is invalidated has a rule of its own. */
function isAbandoned(node: JudgedNode, slot: Slot): boolean {
  return isUnused(node, slot) && holds(slot) && !isInvalid(slot);
}

/**
 * A standby's copy of its primary's slot (17) has no consumer there, until it is promoted and the consumer comes to it.
 */
function isUnused({ facts }: JudgedNode, { active, synced }: Slot): boolean {
  return active === false && !(synced === true && facts?.inRecovery !== false);
}

const isInvalid = ({ wal_status, invalidation_reason }: Slot) =>
  wal_status === "lost" || invalidation_reason != null;

function whyInvalid({ wal_status, invalidation_reason: reason }: Slot): string {
  if (reason == null || (wal_status === "lost" && reason === "wal_removed")) return "has lost its WAL";
  return `is invalidated: ${safeName(reason, 40)}`;
}

const holds = ({ restart_lsn, xmin_age, catalog_xmin_age }: Slot) =>
  restart_lsn !== null || xmin_age !== null || catalog_xmin_age !== null;

/** The words stand until the next sample, and for good in the events: a moment stays true, an age does not. */
function inactive(slot: Slot, askedMs: number, toClockMs: number) {
  const { inactive_seconds: seconds } = slot;
  const atMs = seconds == null ? null : askedMs - 1000 * seconds;
  const since = atMs === null ? "" : ` since ${moment(atMs + toClockMs, askedMs + toClockMs)}`;
  const text = `slot ${name(slot)} is inactive${since}`;
  // Its consumer comes and goes, and was away at each look.
  const again = `slot ${name(slot)} is inactive, again${since}`;
  const began = atMs === null ? {} : { began: { atMs, again } };
  return { ...itself(slot), value: 1, text, ...began };
}

/** With the day where that is not the last one, as the clock in the header: UTC. */
function moment(ms: number, nowMs: number): string {
  const text = new Date(ms).toISOString();
  return nowMs - ms < 86_400_000 ? `${text.slice(11, 19)}Z` : `${text.slice(0, 10)} ${text.slice(11, 16)}Z`;
}

export const slotRetained = defineRule({
  name: "slot_retained",
  about: "WAL that a replication slot keeps on disk",
  unit: "bytes",
  default: { warning: 10 * 1024 ** 3, critical: 50 * 1024 ** 3, forMs: 0 },
  needs: [replicationSlots],
  everyMs,
  find: (node, all) =>
    found(
      ...rowsOf(all, replicationSlots, node).flatMap((slot) =>
        slot.retained === null
          ? []
          : [{ ...itself(slot), value: Number(slot.retained), text: `slot ${name(slot)} retains` }],
      ),
    ),
});

export const slotTimeLeft = defineRule({
  name: "slot_time_left",
  about:
    "time until a replication slot loses its WAL by max_slot_wal_keep_size, at the rate at which WAL is written and consumed; none once the next checkpoint takes it",
  unit: "seconds",
  below: true,
  // It is asked for every 30 s and must hold twice: one that has a minute left cannot wait for longer.
  default: { warning: 3600, critical: 600, forMs: 0 },
  needs: [replicationSlots],
  everyMs,
  find: (node, all) => {
    const rows = rowsOf(all, replicationSlots, node);
    const findings = rows.flatMap((slot) => {
      const value = slot.wal_status === "lost" ? null : secondsLeft(slot, node.walRate);
      if (value === null) return [];
      const text = `slot ${name(slot)} loses its WAL`;
      if (isLostNext(slot))
        return [{ ...itself(slot), value, text: `${text} at the next checkpoint`, figure: false as const }];
      return [{ ...itself(slot), value, text: `${text} in` }];
    });
    const isUnknown = node.walRate === null && rows.some((slot) => isRunningOut(node, slot));
    return { findings, unknown: isUnknown ? [noRate] : [] };
  },
});

/** Nobody takes its WAL, of which so much is kept: how fast it is written tells when it is lost. */
const isRunningOut = (node: JudgedNode, slot: Slot) =>
  slot.safe_wal_size !== null && isAbandoned(node, slot) && !isLostNext(slot);

const noRate: Reason = { kind: "view", reason: "how fast WAL is written is not known from one look" };
