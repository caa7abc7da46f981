import { text } from "../columns.ts";
import { type AskedWhere, defineView } from "../view.ts";
import { pglogicalSubscriptions } from "./pglogical-subscriptions.ts";

/**
 * pglogical names the replication origin of a subscription as its slot, and origins are in a catalog that all databases share:
 * one statement tells whether any of them subscribes. A standby has the origins of its primary.
 */
export const pglogicalOrigins = defineView({
  name: "pglogical_origins",
  title: "pglogical origins",
  section: "replication",
  tab: false,
  source: "pg_replication_origin",
  scope: "server",
  runsOn: "any",
  everyMs: 15_000,
  rowKey: ["slot_name"],
  sortBy: "slot_name",
  none: "no pglogical subscriptions",
  columns: {
    slot_name: text("SLOT", {
      required: true,
      priority: 0,
      maxWidth: 63,
      about: "the slot on the provider, which a subscription of any database here replicates by",
    }),
  },
  sql: {
    100000: `
select o.roname as slot_name
from pg_catalog.pg_replication_origin as o
where pg_catalog.textsend(o.roname) like pg_catalog.textsend('pgl\\_%') and not pg_catalog.pg_is_in_recovery()`,
  },
});

/** The subscriptions of pglogical are in each database, where a session is needed to ask for them: only where there are some. */
export const pglogicalWhere: AskedWhere = {
  view: pglogicalSubscriptions,
  onlyWhere: { view: pglogicalOrigins, holds: (rows) => rows.length > 0 },
};
