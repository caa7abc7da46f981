import { alwaysQuoted, quoteIdentifier, quoteLiteral } from "../../postgres/identifier.ts";
import type { ServerFacts } from "../../postgres/server.ts";
import type { OperationRight } from "../../store/actions/operation.ts";
import type { Row } from "../../views/view.ts";
import type { On, Planned, SqlOperation } from "./operation.ts";

const nameOf = (row: Row) => String(row["sub_name"]);

/** A role without USAGE may not even ask for its right to a function. */
function mayCall(call: string, { user }: ServerFacts): OperationRight {
  const role = quoteIdentifier(user);
  return {
    sql: `case when pg_catalog.has_schema_privilege('pglogical', 'usage')
  then pg_catalog.has_function_privilege('${call}', 'execute') else false end`,
    lacks: `${role} may not call ${call}`,
    fix: `GRANT USAGE ON SCHEMA pglogical TO ${role}; GRANT EXECUTE ON FUNCTION ${call} TO ${role}`,
  };
}

type Call = Pick<Planned, "title" | "done"> & {
  /** As `pg_proc` has it. */
  readonly signature: string;
  readonly sql: string;
  readonly effect: readonly [text: string, severity?: "warning" | "critical"];
};

function called({ row, facts }: On, { signature, sql, effect: [effect, severity], ...rest }: Call): Planned {
  const database = String(row["database"]);
  const provider = row["provider_node"];
  return {
    ...rest,
    about: [
      ["database", database],
      ...(typeof provider === "string" ? [["provider", provider] as const] : []),
      severity === undefined ? ["effect", effect] : ["effect", effect, severity],
    ],
    sql,
    database,
    right: mayCall(signature, facts),
    limitMs: 30_000,
    answers: { unless: "pglogical says that nothing was changed" },
  };
}

const ofSubscription = { views: ["pglogical_subscriptions"], role: "primary" } as const;

const enable: SqlOperation = {
  ...ofSubscription,
  name: "pglogical-enable",
  title: "Enable the pglogical subscription",
  does: "enable",
  refusal: ({ row }) => (row["sub_enabled"] === true ? "it is enabled" : null),
  plan: (on) =>
    called(on, {
      title: `Enable the pglogical subscription ${nameOf(on.row)}`,
      signature: "pglogical.alter_subscription_enable(name, boolean)",
      sql: `select pglogical.alter_subscription_enable(${quoteLiteral(nameOf(on.row))}, true)`,
      effect: ["its worker starts at once, and applies what its slot has kept"],
      done: `pglogical subscription ${nameOf(on.row)} enabled`,
    }),
};

const disable: SqlOperation = {
  ...ofSubscription,
  name: "pglogical-disable",
  title: "Disable the pglogical subscription",
  does: "disable",
  refusal: ({ row }) => (row["sub_enabled"] === false ? "it is disabled" : null),
  plan: (on) =>
    called(on, {
      title: `Disable the pglogical subscription ${nameOf(on.row)}`,
      signature: "pglogical.alter_subscription_disable(name, boolean)",
      sql: `select pglogical.alter_subscription_disable(${quoteLiteral(nameOf(on.row))}, true)`,
      effect: ["nothing is applied until it is enabled; its slot keeps WAL on the provider", "warning"],
      done: `pglogical subscription ${nameOf(on.row)} disabled`,
    }),
};

const synchronize: SqlOperation = {
  ...ofSubscription,
  name: "pglogical-synchronize",
  title: "Copy the tables that the pglogical subscription does not have yet",
  does: "synchronize",
  refusal: ({ row }) => (row["sub_enabled"] === false ? "it is disabled: pglogical-enable first" : null),
  plan: (on) =>
    called(on, {
      title: `Synchronize the pglogical subscription ${nameOf(on.row)}`,
      signature: "pglogical.alter_subscription_synchronize(name, boolean)",
      sql: `select pglogical.alter_subscription_synchronize(${quoteLiteral(nameOf(on.row))}, false)`,
      effect: ["tables of its sets that are not synchronized are copied; what is in them here stays"],
      done: `pglogical subscription ${nameOf(on.row)} synchronizes`,
    }),
};

/** Schema and table of a row, which has them with a dot between; null where there is more than one. */
function tableOf({ relname }: Row): string | null {
  const parts = String(relname).split(".");
  const [schema = "", table = ""] = parts;
  return parts.length === 2 ? `${alwaysQuoted(schema)}.${alwaysQuoted(table)}` : null;
}

const resync: SqlOperation = {
  name: "pglogical-resync-table",
  title: "Empty the table and copy it again by pglogical",
  does: "resync",
  views: ["pglogical_tables"],
  role: "primary",
  refusal: ({ row }) => {
    if (row["state"] === "disabled") return "its subscription is disabled: pglogical-enable first";
    return tableOf(row) === null ? "there is a dot in its name: use psql" : null;
  },
  plan: (on) =>
    called(on, {
      title: `Copy ${String(on.row["relname"])} again for the pglogical subscription ${nameOf(on.row)}`,
      signature: "pglogical.alter_subscription_resynchronize_table(name, regclass, boolean)",
      sql: `select pglogical.alter_subscription_resynchronize_table(${quoteLiteral(nameOf(on.row))}, ${quoteLiteral(tableOf(on.row) ?? "")}, true)`,
      effect: ["the table is emptied here first: rows that the provider lacks are lost", "critical"],
      done: `${String(on.row["relname"])} is copied again`,
    }),
};

export const ofPglogical: readonly SqlOperation[] = [enable, disable, synchronize, resync];
