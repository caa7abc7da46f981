import { alwaysQuoted, quoteLiteral } from "../../postgres/identifier.ts";
import { parseLsn, printLsn } from "../../postgres/lsn.ts";
import type { OperationRight } from "../../store/actions/operation.ts";
import { subscriptionTables } from "../../views/logical/subscription-tables.ts";
import type { Row } from "../../views/view.ts";
import { isSuperuser, type On, type Planned, type SqlOperation } from "./operation.ts";

const rowsOfSubscriptions = ["subscriptions", "subscription_workers"];

const nameOf = (row: Row) => String(row["subname"]);

/** Only its owner, a member of that role or a superuser may alter a subscription. */
function mayAlter(row: Row): OperationRight {
  const owner = String(row["owner"] ?? "its owner");
  return {
    sql: `exists (select from pg_catalog.pg_subscription as s
  join pg_catalog.pg_database as d on d.oid = s.subdbid and d.datname = pg_catalog.current_database()
  where s.subname = ${quoteLiteral(nameOf(row))} and pg_catalog.pg_has_role(s.subowner, 'usage'))`,
    lacks: `it belongs to ${owner}, or is gone`,
    fix: `log in as ${owner} or a superuser`,
  };
}

type Change = Pick<Planned, "title" | "done"> & {
  /** What follows the name. */
  readonly clause: string;
  readonly effect: readonly [text: string, severity?: "warning" | "critical"];
  /** The error that it is about. */
  readonly error?: string | null;
  readonly limitMs?: number;
};

function altered(
  { row }: On,
  { clause, effect: [effect, severity], error = null, limitMs = 30_000, ...rest }: Change,
): Planned {
  const { publisher, subslotname, datname } = row;
  const from = typeof publisher === "string" ? `, from ${publisher}` : "";
  return {
    ...rest,
    about: [
      ["database", String(datname)],
      ["slot", `${String(subslotname ?? "none")}${from}`],
      ...(error === null ? [] : [["error", error] as const]),
      severity === undefined ? ["effect", effect] : ["effect", effect, severity],
    ],
    sql: `ALTER SUBSCRIPTION ${alwaysQuoted(nameOf(row))} ${clause}`,
    database: String(datname),
    right: mayAlter(row),
    limitMs,
  };
}

/** 15 lets superusers alone skip a transaction. */
const superuser: OperationRight = {
  sql: isSuperuser,
  lacks: "before 16 a superuser alone may skip a transaction",
  fix: "log in as a superuser",
};

const common = { views: rowsOfSubscriptions, role: "primary" } as const;

const enable: SqlOperation = {
  ...common,
  name: "enable-subscription",
  title: "Enable the subscription",
  does: "enable",
  several: (count) => (count === 1 ? "Enable 1 subscription" : `Enable ${count} subscriptions`),
  refusal: ({ row: { subenabled, subslotname } }) => {
    if (subenabled === true) return "it is enabled";
    return subslotname === null ? "it has no slot: SET (slot_name = …) first" : null;
  },
  plan: (on) =>
    altered(on, {
      title: `Enable the subscription ${nameOf(on.row)}`,
      clause: "ENABLE",
      effect:
        on.row["wal_status"] === "lost"
          ? ["its slot has lost its WAL: its worker fails until the subscription is created anew", "critical"]
          : ["its worker starts, and applies what its slot has kept"],
      done: `subscription ${nameOf(on.row)} enabled`,
    }),
};

const disable: SqlOperation = {
  ...common,
  name: "disable-subscription",
  title: "Disable the subscription",
  does: "disable",
  several: (count) => (count === 1 ? "Disable 1 subscription" : `Disable ${count} subscriptions`),
  refusal: ({ row }) => (row["subenabled"] === false ? "it is disabled" : null),
  plan: (on) =>
    altered(on, {
      title: `Disable the subscription ${nameOf(on.row)}`,
      clause: "DISABLE",
      effect: ["nothing is applied until it is enabled; its slot keeps WAL on the publisher", "warning"],
      done: `subscription ${nameOf(on.row)} disabled`,
    }),
};

const refresh: SqlOperation = {
  ...common,
  name: "refresh-subscription",
  title: "Refresh the publications of the subscription",
  does: "refresh",
  refusal: ({ row }) => (row["subenabled"] === false ? "it is disabled: enable-subscription first" : null),
  plan: (on) => {
    // PostgreSQL refuses to copy once two_phase is enabled.
    const copies = on.row["subtwophasestate"] !== "e";
    return altered(on, {
      title: `Refresh the subscription ${nameOf(on.row)}`,
      clause: `REFRESH PUBLICATION WITH (copy_data = ${copies})`,
      effect: copies
        ? ["tables that were added to its publications are copied, those that were removed are left"]
        : ["tables that were added follow from now on, without their rows: two_phase is enabled", "warning"],
      limitMs: 60_000,
      done: `subscription ${nameOf(on.row)} refreshed`,
    });
  },
};

/** Listed to say what to do instead: who looks for it has a table that no longer agrees with its publisher. */
const resync: SqlOperation = {
  ...common,
  views: [subscriptionTables.name],
  name: "resync-table",
  title: "Copy the table again by its subscription",
  does: "resync",
  refusal: () => withoutStatement,
  plan: () => withoutStatement,
};

const withoutStatement =
  "PostgreSQL has no statement for it: ALTER PUBLICATION … DROP TABLE on the publisher and refresh-subscription here, then TRUNCATE it, ADD TABLE and refresh-subscription again";

/** The context of an error of a worker has one position: where the transaction finished. */
function failedAt({ last_error_context: context }: Row): string | null {
  const found =
    typeof context === "string" ? context.match(/(?<![\w/])[0-9A-F]+\/[0-9A-F]+(?![\w/])/g) : null;
  return found?.length === 1 && parseLsn(found[0]) !== null ? found[0] : null;
}

const skip: SqlOperation = {
  ...common,
  name: "skip-transaction",
  title: "Skip the transaction that the subscription fails to apply",
  does: "skip",
  since: 15,
  argument: {
    label: "finished at",
    about: "the position that the subscriber's log gives with the error, such as 0/14C0378; or none",
    such: "none",
    known: failedAt,
  },
  plan: (on, argument) => {
    const position = parseLsn(argument);
    const isNone = argument.toLowerCase() === "none";
    if (!position && !isNone) return "that is no WAL position: two hex numbers with a slash between, or none";
    const name = nameOf(on.row);
    const right = on.facts.versionNum < 160000 ? { right: superuser } : {};
    if (!position)
      return {
        ...altered(on, {
          title: `Skip no transaction of ${name}`,
          clause: "SKIP (lsn = NONE)",
          effect: ["what it was told to skip is applied"],
          done: `subscription ${name} skips nothing`,
        }),
        ...right,
      };
    const lsn = printLsn(position);
    return {
      ...altered(on, {
        title: `Skip the transaction of ${name} that finished at ${lsn}`,
        clause: `SKIP (lsn = '${lsn}')`,
        effect: ["no change of that transaction is applied, also those that do not conflict", "critical"],
        done: `subscription ${name} is set to skip the transaction that finished at ${lsn}`,
        error: failedAt(on.row) === lsn ? String(on.row["last_error"]) : null,
      }),
      ...right,
    };
  },
};

export const ofSubscriptions: readonly SqlOperation[] = [enable, disable, refresh, resync, skip];
