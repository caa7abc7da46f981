import { defineConclusion, keyOf } from "../view.ts";
import { topology } from "./topology.ts";
import { edgeColumns, edgeOf, type TopologyRow } from "./topology-rows.ts";
import { goesOn } from "./topology-subscriptions.ts";

/** The topology as a list: what goes from which node to which, WAL or changes of a database. */
export const edges = defineConclusion({
  name: "edges",
  title: "Edges",
  section: "replication",
  tab: false,
  source: topology.source,
  needs: topology.needs,
  needsToo: topology.needsToo ?? [],
  asksAll: true,
  tellsOfLost: true,
  none: "nothing is replicated to these nodes",
  rowKey: ["id"],
  rowName: "downstream",
  sortBy: "upstream",
  duration: "lag_seconds",
  columns: edgeColumns,
  withheld: () => "durations",
  lacks: ({ kind, state, upstream }, column) =>
    column === "lag_seconds" && kind === "logical" && goesOn(state) && upstream !== null,
  sign: ({ level }) => (level === "critical" || level === "warning" ? level : "ok"),
  isQuiet: ({ watched }) => watched === false,
  // They are those of the topology.
  rows: (fleet) =>
    (topology.rows(fleet) as readonly TopologyRow[]).flatMap((row) => {
      const edge = edgeOf(row);
      return edge ? [{ ...edge, node: row.node, id: keyOf(topology, row) }] : [];
    }),
});
