import { quoteIdentifier, quoteLiteral } from "../../postgres/identifier.ts";
import { grantMonitor, type ServerFacts } from "../../postgres/server.ts";
import type { OperationRight } from "../../store/actions/operation.ts";
import { printAge } from "../../text/pretty.ts";
import type { Row } from "../../views/view.ts";
import { isSuperuser, mayCall, type On, type Planned, type SqlOperation } from "./operation.ts";

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
  refusal: ({ row, facts }: On) => {
    const { usename: owner } = row;
    if (typeof owner === "string" && owner !== facts.user && !facts.superuser)
      return `it belongs to ${owner}: log in as that role or a superuser`;
    return preparedAt(row) === null ? "when it was prepared is unknown" : null;
  },
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

const logs = "pg_catalog.pg_log_backend_memory_contexts";

/** 14 looks for a superuser in the function itself; from 15 on it can be granted. */
function mayLog(facts: ServerFacts): OperationRight {
  if (facts.versionNum >= 150000) return mayCall(`${logs}(integer)`, facts);
  const lacks = `${quoteIdentifier(facts.user)} is not a superuser`;
  return { sql: isSuperuser, lacks, fix: "log in as a superuser" };
}

/** When a session began, to the microsecond; null where that is hidden. */
const begunAt = ({ backend_start_text: text }: Row) => (typeof text === "string" ? text : null);

/**
 * Who the process is and the call are one statement, as for signals: no other session can take its pid between two. `case`
 * calls for that session alone, and `offset 0` keeps the planner from merging the levels.
 */
const logMemory: SqlOperation = {
  name: "log-memory-contexts",
  title: "Write the session's memory contexts to the server's log",
  does: "log them",
  views: ["activity", "locks"],
  isOf: ({ pid, gid }) => typeof pid === "number" && pid > 0 && typeof gid !== "string",
  role: "any",
  since: 14,
  refusal: ({ row, facts }: On) =>
    begunAt(row) === null
      ? `backend_start is hidden, so a later session with this pid could be meant: ${grantMonitor(facts)}`
      : null,
  plan: ({ facts, row }) => {
    const pid = String(row["pid"]);
    const begun = quoteLiteral(begunAt(row) ?? "");
    const user = row["usename"];
    return {
      title: `Log the memory contexts of ${pid}`,
      about: [
        ...(typeof user === "string" ? [["user", user] as const] : []),
        [
          "effect",
          "the process writes its memory contexts to the server's log, some 200 lines, at its next chance",
        ],
        [
          "then",
          `:log shows them where the server collects its log: /pid:${pid} leaves the lines of this process`,
        ],
      ],
      sql: `select case when s.is_same then ${logs}(s.pid) end as logged from (select a.pid, a.backend_start = ${begun}::timestamptz as is_same from pg_catalog.pg_stat_activity as a where a.pid = ${pid} offset 0) as s`,
      database: null,
      identity: begun,
      right: mayLog(facts),
      limitMs: 10_000,
      done: `${pid} logs its memory contexts: see :log, /pid:${pid}`,
      answers: { unless: "nothing was logged: the session has ended, or its process cannot be asked" },
    };
  },
};

export const ofSessions: readonly SqlOperation[] = [commit, rollback, logMemory];
