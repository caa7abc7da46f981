import { quoteLiteral } from "../../postgres/identifier.ts";
import { printAge } from "../../text/pretty.ts";
import type { Row } from "../../views/view.ts";
import { isSuperuser, type On, type Planned, type SqlOperation } from "./operation.ts";

/** The name of a prepared transaction in each view that has a row of it; null for any other row. */
function gidOf({ kind, holder, gid }: Row): string | null {
  const name = kind === "prepared" ? holder : gid;
  return typeof name === "string" ? name : null;
}

/** When it was prepared, to the microsecond, as each of these views has it; null where that is unknown. */
function preparedAt({ began_text, prepared_text, backend_start_text }: Row): string | null {
  const text = began_text ?? prepared_text ?? backend_start_text;
  return typeof text === "string" ? text : null;
}

type End = Pick<Planned, "title" | "done"> & {
  readonly verb: "COMMIT" | "ROLLBACK";
  readonly effect: string;
};

/** It takes a session in the same database, of the role that prepared it or of a superuser ("COMMIT PREPARED"). */
function ended({ row, node }: On, { verb, effect, ...rest }: End): Planned {
  const gid = quoteLiteral(gidOf(row) ?? "");
  const { datname, usename, seconds, xact_seconds: age = seconds } = row;
  const owner = String(usename ?? "its owner");
  // Its name may be that of another one by now.
  const prepared = quoteLiteral(preparedAt(row) ?? "");
  return {
    ...rest,
    about: [
      ["database", String(datname)],
      ["owner", owner],
      ...(typeof age === "number" ? [["prepared", `${printAge(age)} ago`] as const] : []),
      ["effect", effect],
      ["first", "ask its transaction manager: the other servers must end it in the same way", "warning"],
    ],
    sql: `${verb} PREPARED ${gid}`,
    database: String(datname),
    identity: prepared,
    right: {
      sql: `exists (select from pg_catalog.pg_prepared_xacts as p
  where p.gid = ${gid} and p.prepared = ${prepared}::timestamptz and p.database = pg_catalog.current_database()
    and (p.owner = current_user or ${isSuperuser}))`,
      lacks: `it belongs to ${owner}, or is gone`,
      fix: `log in as ${owner} or a superuser`,
    },
    word: node.name,
    limitMs: 30_000,
  };
}

const common = {
  views: ["activity", "locks", "horizon"],
  isOf: (row: Row) => gidOf(row) !== null,
  role: "primary",
  refusal: ({ row }: On) => (preparedAt(row) === null ? "when it was prepared is unknown" : null),
} as const;

const commit: SqlOperation = {
  ...common,
  name: "commit-prepared",
  title: "Commit the prepared transaction",
  does: "commit",
  plan: (on) =>
    ended(on, {
      title: `Commit the prepared transaction ${gidOf(on.row)}`,
      verb: "COMMIT",
      effect: "what it wrote is committed, and its locks are released",
      done: `${gidOf(on.row)} committed`,
    }),
};

const rollback: SqlOperation = {
  ...common,
  name: "rollback-prepared",
  title: "Roll back the prepared transaction",
  does: "roll back",
  plan: (on) =>
    ended(on, {
      title: `Roll back the prepared transaction ${gidOf(on.row)}`,
      verb: "ROLLBACK",
      effect: "what it wrote is lost, and its locks are released",
      done: `${gidOf(on.row)} rolled back`,
    }),
};

export const ofPrepared: readonly SqlOperation[] = [commit, rollback];
