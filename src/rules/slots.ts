import { printAge } from "../text/pretty.ts";
import { safeName } from "../text/text.ts";
import { type Slot, slots } from "../views/replication/slots.ts";
import { keyOf } from "../views/view.ts";
import { defineRule, found, rowsOf } from "./rule.ts";

const everyMs = 30_000;

const itself = (slot: Slot) => ({
  subject: { kind: "slot" as const, id: slot.slot_name ?? "" },
  opens: { view: slots.name, key: keyOf(slots, slot) },
});

const name = (slot: Slot) => safeName(slot.slot_name ?? "", 63);

export const slotInactive = defineRule({
  name: "slot_inactive",
  about: "a replication slot that holds WAL or rows back has no consumer, or is invalidated",
  unit: "state",
  default: { warning: 1, critical: null, forMs: 300_000 },
  needs: [slots],
  everyMs,
  find: (node, all) => found(...rowsOf(all, slots, node).filter(isAbandoned).map(inactive)),
});

/** A standby's copy of its primary's slot (17) has no consumer there, and a slot that was never used holds nothing. */
function isAbandoned(slot: Slot): boolean {
  if (slot.active !== false || slot.synced === true) return false;
  return isInvalid(slot) || holds(slot);
}

const isInvalid = ({ wal_status, invalidation_reason }: Slot) =>
  wal_status === "lost" || invalidation_reason != null;

const holds = ({ restart_lsn, xmin_age, catalog_xmin_age }: Slot) =>
  restart_lsn !== null || xmin_age !== null || catalog_xmin_age !== null;

function inactive(slot: Slot) {
  const since = slot.inactive_seconds == null ? "" : ` for ${printAge(slot.inactive_seconds)}`;
  const reason = slot.invalidation_reason;
  const why = reason == null ? "has lost its WAL" : `is invalidated: ${safeName(reason, 40)}`;
  const text = `slot ${name(slot)} ${isInvalid(slot) ? why : `is inactive${since}`}`;
  return { ...itself(slot), value: 1, text };
}

export const slotRetained = defineRule({
  name: "slot_retained",
  about: "WAL that a replication slot keeps on disk",
  unit: "bytes",
  default: { warning: 10 * 1024 ** 3, critical: 50 * 1024 ** 3, forMs: 0 },
  needs: [slots],
  everyMs,
  find: (node, all) =>
    found(
      ...rowsOf(all, slots, node).flatMap((slot) =>
        slot.retained === null
          ? []
          : [{ ...itself(slot), value: Number(slot.retained), text: `slot ${name(slot)} retains` }],
      ),
    ),
});
