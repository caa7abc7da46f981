import { quoteIdentifier, quoteLiteral } from "../../postgres/identifier.ts";
import { parseLsn, printLsn } from "../../postgres/lsn.ts";
import type { ServerFacts } from "../../postgres/server.ts";
import type { OperationRight } from "../../store/actions/operation.ts";
import { printBytes } from "../../text/pretty.ts";
import type { Row } from "../../views/view.ts";
import type { On, Planned, SqlOperation } from "./operation.ts";

const rowsOfSlots = ["slots", "replication_slots"];
const limitMs = 30_000;

/**
 * The functions are open to all, and ask for REPLICATION (PostgreSQL documentation, "Replication Management Functions").
 * Amazon RDS gives it by a role of its own.
 */
function mayReplicate({ user }: ServerFacts): OperationRight {
  const role = quoteIdentifier(user);
  return {
    sql: `(exists (select from pg_catalog.pg_roles as r where r.rolname = current_user and (r.rolsuper or r.rolreplication))
  or pg_catalog.to_regrole('rds_replication') is not null)`,
    lacks: `${role} has no REPLICATION`,
    fix: `ALTER ROLE ${role} REPLICATION`,
  };
}

const nameOf = (row: Row) => String(row["slot_name"]);
const identityOf = (row: Row) => JSON.stringify([row["slot_type"], row["plugin"], row["database"]]);
const isLogical = (row: Row) => row["slot_type"] === "logical";

/** Why a slot may not be touched: it has an owner that would notice. */
function inUse({ row, facts }: On): string | null {
  const { active, active_pid: pid, consumer, synced, temporary } = row;
  if (temporary === true) return "it is temporary and goes with its session";
  // On a primary that was a standby it says nothing.
  if (synced === true && facts.inRecovery) return "it is the copy of a slot of the primary: act on that one";
  if (active === false) return null;
  const whom = typeof consumer === "string" ? consumer : typeof pid === "number" ? `pid ${pid}` : null;
  return whom === null ? "whether it is in use is unknown" : `it is active: ${whom} streams from it`;
}

/** What a slot is, before it is lost or moved. */
function aboutSlot(row: Row): Planned["about"] {
  const { plugin, database, retained, wal_status: status, consumer } = row;
  const type = isLogical(row)
    ? `logical (${String(plugin ?? "plugin unknown")}) of database ${String(database ?? "")}`
    : "physical";
  const wal = typeof retained === "bigint" ? `retains ${printBytes(retained)}` : "retains an unknown amount";
  return [
    ["slot", type],
    ["WAL", typeof status === "string" ? `${wal}, ${status}` : wal],
    ...(consumer === undefined ? [] : [usedBy(consumer, isLogical(row))]),
  ];
}

/** A subscription that is disabled has its slot all the same, and so has a standby that is down. */
function usedBy(consumer: unknown, isLogical: boolean): Planned["about"][number] {
  const none = isLogical ? "no subscription of a watched node that answers" : "no watched standby";
  return typeof consumer === "string" ? ["used by", consumer, "warning"] : ["used by", none];
}

const drop: SqlOperation = {
  name: "drop-slot",
  title: "Drop the replication slot",
  does: "drop",
  several: (count) => (count === 1 ? "Drop 1 slot" : `Drop ${count} slots`),
  views: rowsOfSlots,
  role: "any",
  refusal: inUse,
  plan: ({ row, facts }) => ({
    title: `Drop the slot ${nameOf(row)}`,
    about: [
      ...aboutSlot(row),
      [
        "effect",
        `WAL kept for it is removed; its consumer${isLogical(row) ? ", such as a subscription that is disabled," : ""} cannot resume and must start anew`,
        "warning",
      ],
    ],
    sql: `select pg_catalog.pg_drop_replication_slot(${quoteLiteral(nameOf(row))})`,
    database: null,
    identity: identityOf(row),
    right: mayReplicate(facts),
    limitMs,
    done: `slot ${nameOf(row)} dropped`,
  }),
};

const advance: SqlOperation = {
  name: "advance-slot",
  title: "Advance the replication slot",
  does: "advance",
  views: rowsOfSlots,
  role: "any",
  since: 11,
  argument: { label: "up to", about: "a position such as 16/B374D848; empty for the newest" },
  refusal: (on) => {
    const { row, facts } = on;
    const why = inUse(on);
    if (why !== null) return why;
    if (row["wal_status"] === "lost") return "its WAL is lost: drop-slot is what is left";
    if (row["restart_lsn"] === null) return "it has not reserved any WAL";
    if (isLogical(row) && facts.inRecovery && facts.versionNum < 160000)
      return "a logical slot of a standby needs PostgreSQL 16";
    return null;
  },
  plan: ({ row, facts }, argument) => {
    const upTo = parseLsn(argument);
    if (argument !== "" && !upTo) return "that is no WAL position: two hex numbers with a slash between";
    const newest = facts.inRecovery
      ? "pg_catalog.pg_last_wal_replay_lsn()"
      : "pg_catalog.pg_current_wal_lsn()";
    const position = upTo === null ? newest : `'${printLsn(upTo)}'`;
    return {
      title: `Advance the slot ${nameOf(row)}`,
      about: [
        ...aboutSlot(row),
        ["effect", "its consumer never gets what was written before that position", "warning"],
      ],
      sql: `select s.end_lsn from pg_catalog.pg_replication_slot_advance(${quoteLiteral(nameOf(row))}, ${position}) as s`,
      // A logical slot is advanced by decoding, which only its own database can.
      database: isLogical(row) && typeof row["database"] === "string" ? row["database"] : null,
      identity: identityOf(row),
      right: mayReplicate(facts),
      limitMs: 120_000,
      done: `slot ${nameOf(row)} advanced`,
      answers: { value: "shown" },
    };
  },
};

/** PostgreSQL documentation, "Replication Slots": lower case letters, digits and underscores, NAMEDATALEN - 1 at most. */
const slotName = /^[a-z0-9_]{1,63}$/;
const badName = "the name of a slot has lower case letters, digits and _, 63 at most";

const createPhysical: SqlOperation = {
  name: "create-physical-slot",
  title: "Create a physical replication slot",
  does: "create",
  views: null,
  role: "any",
  argument: { label: "name", about: "lower case letters, digits and _" },
  plan: ({ facts }, argument) =>
    slotName.test(argument)
      ? {
          title: `Create the physical slot ${argument}`,
          about: [
            [
              "effect",
              "WAL is kept from now on until a standby has it: without one the disk fills",
              "warning",
            ],
          ],
          sql: `select pg_catalog.pg_create_physical_replication_slot(${quoteLiteral(argument)}, true)`,
          database: null,
          right: mayReplicate(facts),
          limitMs,
          done: `slot ${argument} created`,
        }
      : badName,
};

const createLogical: SqlOperation = {
  name: "create-logical-slot",
  title: "Create a logical replication slot",
  does: "create",
  views: null,
  role: "any",
  argument: { label: "name", about: "and behind a blank its output plugin, where that is not pgoutput" },
  refusal: ({ facts }) =>
    facts.inRecovery && facts.versionNum < 160000 ? "a logical slot of a standby needs PostgreSQL 16" : null,
  plan: ({ facts }, argument) => {
    const [name = "", plugin = "pgoutput", ...others] = argument.split(/\s+/);
    if (!slotName.test(name)) return badName;
    if (others.length > 0) return "a name and a plugin, nothing behind them";
    return {
      title: `Create the logical slot ${name} in database ${facts.database}`,
      about: [
        ["plugin", plugin],
        ["effect", "WAL is kept from now on until a consumer has it: without one the disk fills", "warning"],
      ],
      sql: `select pg_catalog.pg_create_logical_replication_slot(${quoteLiteral(name)}, ${quoteLiteral(plugin)})`,
      database: null,
      right: mayReplicate(facts),
      // It waits for the end of transactions that run, which counts as a lock, and holds up nobody.
      limitMs: 120_000,
      lockMs: 120_000,
      done: `slot ${name} created`,
    };
  },
};

export const ofSlots: readonly SqlOperation[] = [drop, advance, createPhysical, createLogical];
