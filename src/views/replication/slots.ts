import { falling, secondsLeft } from "../../stats/replication/wal-time.ts";
import { bytes, seconds, text, wholeBytes } from "../columns.ts";
import type { FleetCluster } from "../fleet-node.ts";
import { edgeNeeds } from "../logical/subscription-edges.ts";
import { pglogicalOrigins, pglogicalWhere } from "../pglogical/pglogical-origins.ts";
import { pulseView } from "../server/pulse.ts";
import { defineConclusion, type Row } from "../view.ts";
import { replication, type WalSender } from "./replication.ts";
import { lacksOfSlot, replicationSlots, type Slot } from "./replication-slots.ts";
import { lastReceivers, slotUsers } from "./slot-users.ts";

const { slot_name, ...own } = replicationSlots.columns;

/** Replication slots of all nodes: what each keeps its server from removing, for whom, and how long that goes well. */
export const slots = defineConclusion({
  name: "slots",
  title: "Slots",
  section: "replication",
  source: `${replicationSlots.source}; of subscribers pg_subscription`,
  needs: [pulseView, ...edgeNeeds, pglogicalOrigins],
  needsToo: [pglogicalWhere],
  // The subscription that has a slot is on another node.
  asksAll: true,
  none: "no replication slots",
  rowKey: ["slot_name"],
  rowName: "slot_name",
  sortBy: "-retained",
  duration: "left_seconds",
  columns: {
    slot_name,
    consumer: text("CONSUMER", {
      priority: 1,
      maxWidth: 32,
      about:
        "the node that streams from it, or did when it answered last; the subscription of a watched node that has it, also while it is not connected; else the application_name and address of what streams",
    }),
    left_seconds: seconds("LEFT", {
      priority: 0,
      about:
        "time until its WAL is lost, at the rate at which WAL is written now and it is consumed; 0 where the next checkpoint takes it, empty where none is in sight",
      severity: (left) => (left < 600 ? "critical" : left < 3600 ? "warning" : "ok"),
    }),
    ...own,
    wal_rate: bytes("WAL/s", { priority: 4, about: "WAL a second that the primary of its system writes" }),
  },
  withheld: (row) => {
    const slot = row as Slot;
    const isUnknown = slot.safe_wal_size !== null && falling(slot, rateOf(row)) === null;
    return isUnknown ? "durations" : null;
  },
  lacks: lacksOfSlot,
  isQuiet: ({ synced }) => synced === true,
  rows: (fleet) => {
    const userOf = slotUsers(fleet);
    const receiverOf = lastReceivers(fleet);
    const served = new Map(fleet.clusters.flatMap(({ all }) => all.flatMap(senderAndNode)));
    return fleet.nodes.flatMap(({ name, walRate }) => {
      // The rows are finished by the columns of these views.
      const senders = (fleet.rows(replication, name) ?? []) as readonly WalSender[];
      return ((fleet.rows(replicationSlots, name) ?? []) as readonly Slot[]).map((slot) => ({
        ...slot,
        node: name,
        consumer:
          served.get(`${name} ${slot.active_pid}`) ??
          userOf(name, slot.slot_name) ??
          connectedTo(slot, senders) ??
          receiverOf(name, slot.slot_name),
        left_seconds: secondsLeft(slot, walRate),
        wal_rate: wholeBytes(walRate),
      }));
    });
  },
});

/** The WAL sender that serves a node, by its node and pid, and the node's name. */
function senderAndNode({ name, served, sameAs }: FleetCluster["all"][number]): [string, string][] {
  return served && sameAs === undefined ? [[`${served.node} ${served.pid}`, name]] : [];
}

/** What is connected to a slot; null for nobody. */
function connectedTo({ active_pid }: Slot, senders: readonly WalSender[]): string | null {
  const sender = active_pid === null ? undefined : senders.find(({ pid }) => pid === active_pid);
  const address = sender?.client_addr ? `@${sender.client_addr}` : "";
  return sender?.application_name ? `${sender.application_name}${address}` : null;
}

const rateOf = ({ wal_rate }: Row) => (typeof wal_rate === "bigint" ? Number(wal_rate) : null);
