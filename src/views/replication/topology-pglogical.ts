import { isUp } from "../../stats/health.ts";
import { pglogicalLevel, whyLost, whyPglogicalStopped } from "../../stats/replication/subscription-state.ts";
import { fromOf } from "../logical/subscription-edges.ts";
import { nodeWord } from "../node-word.ts";
import { pglogicalSubscriptions } from "../pglogical/pglogical-subscriptions.ts";
import { keyOf } from "../view.ts";
import type { PglogicalEdge } from "./pglogical-edges.ts";
import { nothing, type TopologyRow } from "./topology-rows.ts";

/** A subscription of pglogical as a native one: its lag is that of its slot on the provider. */
export function pglogicalRow({ node, row, publisher, pair, mayLoop }: PglogicalEdge): TopologyRow {
  const { database, sub_name, sub_slot_name, status, unsynced } = row;
  const answers = isUp(node.health);
  const sends = publisher !== null && isUp(publisher.node.health) ? publisher : null;
  const from = fromOf(publisher);
  const stopped = answers ? whyPglogicalStopped(row, from) : null;
  const level = answers ? pglogicalLevel(row, from) : "ok";
  const behind = unsynced
    ? [`${unsynced} ${unsynced === 1 ? "table does" : "tables do"} not follow yet`]
    : [];
  const unknown = publisher === null ? ["which node it comes from is not known"] : [];
  return {
    ...{ ...nothing, node: node.name, kind: "pglogical", id: keyOf(pglogicalSubscriptions, row) },
    ...{ name: `${database}@${node.name}`, role: pair === null ? "subscriber" : "bidirectional" },
    ...{ state: answers ? status : nodeWord(node), slot_name: sub_slot_name },
    lag_bytes: whyLost(from) === null ? (sends?.slot.behind ?? null) : null,
    lag_seconds: sends?.sender?.replay_lag ?? null,
    ...{ subname: sub_name, datname: database, pair },
    database: publisher?.slot.database ?? null,
    system_identifier: node.facts?.systemIdentifier ?? null,
    upstream: publisher?.node.name ?? null,
    problems: [
      ...(stopped === null ? [] : [stopped]),
      ...(answers ? behind : []),
      ...unknown,
      ...(mayLoop === null ? [] : [mayLoop]),
    ],
    level: level === "ok" ? null : level,
  };
}
