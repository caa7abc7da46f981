import type { Listed } from "../../stats/discovery.ts";
import { epoch, integer, lsn, text } from "../columns.ts";
import { defineConclusion } from "../view.ts";

/** How clusters that are discovered from Patroni came to their timelines. */
export const patroniHistory = defineConclusion({
  name: "patroni_history",
  title: "Patroni history",
  section: "replication",
  source: "Patroni's GET /history, see discover in the config",
  needs: [],
  none: "no cluster here is discovered from Patroni and had another leader before",
  rowKey: ["timeline"],
  sortBy: "-at",
  columns: {
    cluster: text("CLUSTER", { priority: 1, maxWidth: 24, about: "as the config calls it" }),
    timeline: integer("TLI", { required: true, priority: 0, about: "the timeline that ended" }),
    at: epoch("TIME", {
      priority: 0,
      maxWidth: 20,
      about: "when the next one began, by the servers' clock, in UTC",
    }),
    new_leader: text("NEW LEADER", {
      priority: 0,
      maxWidth: 24,
      about: "who led from then on; an old Patroni does not tell",
    }),
    lsn: lsn("LSN", { priority: 2, about: "where the timeline ended" }),
    reason: text("REASON", { priority: 1, growsFrom: 30, about: "why, in PostgreSQL's words" }),
  },
  // What Patroni does not tell is not known.
  withheld: () => "row",
  opens: ({ node }) => ({ node: String(node), row: null }),
  unknownOf: ({ listed }) => {
    if (!listed || !speaksForPatroni(listed)) return [];
    const { cluster, timelines } = listed;
    if (timelines === null) return [`Patroni lists no leader of ${cluster} with a timeline`];
    return timelines.why === null ? [] : [`the history of ${cluster} may lack changes: ${timelines.why}`];
  },
  rows: ({ nodes }) =>
    nodes.flatMap(({ name: node, listed }) =>
      listed && speaksForPatroni(listed)
        ? (listed.timelines?.changes ?? []).map(({ timeline, lsn: end, reason, atMs, leader }) => ({
            ...{ node, cluster: listed.cluster, timeline, reason, new_leader: leader },
            at: atMs === null ? null : atMs / 1000,
            lsn: end === null ? null : BigInt(end),
          }))
        : [],
    ),
});

const speaksForPatroni = ({ source, isSpeaker }: Listed) => source === "patroni" && isSpeaker;
