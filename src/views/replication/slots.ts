import { falling, secondsLeft } from "../../stats/replication/slot-time.ts";
import { bytes, seconds, text } from "../columns.ts";
import type { FleetCluster, FleetNode } from "../fleet-node.ts";
import { pulseView } from "../server/pulse.ts";
import { defineConclusion, type Row } from "../view.ts";
import { replication, type WalSender } from "./replication.ts";
import { replicationSlots, type Slot } from "./replication-slots.ts";

const { slot_name, ...own } = replicationSlots.columns;

/** Replication slots of all nodes: what each keeps its server from removing, for whom, and how long that goes well. */
export const slots = defineConclusion({
  name: "slots",
  title: "Slots",
  section: "replication",
  source: replicationSlots.source,
  needs: [pulseView, replication, replicationSlots],
  none: "no replication slots",
  rowKey: ["slot_name"],
  sortBy: "-retained",
  duration: "left_seconds",
  columns: {
    slot_name,
    consumer: text("CONSUMER", {
      priority: 1,
      maxWidth: 24,
      about: "the node that streams from it, or the application_name and address of what does",
    }),
    left_seconds: seconds("LEFT", {
      priority: 0,
      about:
        "time until its WAL is lost, at the rate at which WAL is written now and it is consumed; empty where none is in sight",
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
  isQuiet: ({ synced }) => synced === true,
  rows: (fleet) =>
    fleet.nodes.flatMap((node) => {
      const cluster = fleet.clusters.find(({ nodes }) => nodes.some(({ name }) => name === node.name));
      const senders = (fleet.rows(replication, node.name) ?? []) as readonly WalSender[];
      // The rows are finished by the columns of these views.
      return ((fleet.rows(replicationSlots, node.name) ?? []) as readonly Slot[]).map((slot) => ({
        ...slot,
        node: node.name,
        consumer: consumerOf(slot, node, cluster, senders),
        left_seconds: secondsLeft(slot, node.walRate),
        wal_rate: node.walRate === null ? null : BigInt(Math.max(0, Math.round(node.walRate))),
      }));
    }),
});

const rateOf = ({ wal_rate }: Row) => (typeof wal_rate === "bigint" ? Number(wal_rate) : null);

/** Whom a slot is for: the node that its WAL sender serves, or what is connected to it; null for nobody. */
function consumerOf(
  { active_pid }: Slot,
  { name }: FleetNode,
  cluster: FleetCluster | undefined,
  senders: readonly WalSender[],
): string | null {
  if (active_pid === null) return null;
  const isServed = ({ served }: FleetCluster["all"][number]) =>
    served?.node === name && served.pid === active_pid;
  const node = cluster?.all.find(isServed);
  if (node) return node.name;
  const sender = senders.find(({ pid }) => pid === active_pid);
  const address = sender?.client_addr ? `@${sender.client_addr}` : "";
  return sender?.application_name ? `${sender.application_name}${address}` : null;
}
