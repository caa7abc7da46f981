import type { ServerError } from "./server-error.ts";

/**
 * What to do about an error, by SQLSTATE and the server's function that reports it, which no server translates. One
 * SQLSTATE has several reasons: 53300 is the limit of the server, of the role or of the database. The functions are the
 * same from PostgreSQL 10 to 18 (src/backend/utils/init, libpq/auth.c).
 */
const byFunction: Readonly<Record<string, string>> = {
  "28000 InitializeSessionUserId": "The role is missing there, or may not log in (NOLOGIN).",
  "28000 ClientAuthentication":
    "pg_hba.conf there decides: see its lines for this user, database and address, and whether they want TLS or a certificate.",
  "28000 auth_failed": "pg_hba.conf there names the method, and pg_ident.conf who may be whom.",
  "25006 PreventCommandIfReadOnly":
    "The statement writes, or calls a function that does: views are asked in transactions that only read, and on a standby all do.",
  "25006 PreventCommandDuringRecovery": "A standby does this only once it is promoted.",
  "42501 CheckMyDatabase": "GRANT CONNECT ON that DATABASE TO the role, or set `database` to another.",
  "53300 InitProcess": "All connection slots are taken: see max_connections.",
  "53300 InitPostgres":
    "The slots that are left are reserved: see superuser_reserved_connections and, from 16 on, reserved_connections.",
  "53300 InitializeSessionUserId": "This is the role's own limit: ALTER ROLE … CONNECTION LIMIT.",
  "53300 CheckMyDatabase":
    "This is the database's own limit: ALTER DATABASE … CONNECTION LIMIT, or set `database` to another.",
  "55000 CheckMyDatabase": "ALTER DATABASE … ALLOW_CONNECTIONS true, or set `database` to another.",
};

/** Where the SQLSTATE alone says what happened, whoever reports it. */
const bySqlstate: Readonly<Record<string, string>> = {
  "28P01": "The password is wrong, missing or expired, or the role does not exist.",
  "3D000": "Set `database` to one that exists there.",
  "57P01": "The backend was ended by an administrator or the server is stopping.",
  "57P02": "Another backend crashed; the server is recovering.",
  "57P03":
    "It starts, stops or recovers. A standby with hot_standby = off says this for ever: set hot_standby: off for the node.",
  "57P05": "The server closed the session: idle_session_timeout.",
  "25P03": "The server closed the session: idle_in_transaction_session_timeout.",
  "25P04": "The server closed the session: transaction_timeout.",
  "57014": "The statement hit statement_timeout or was cancelled.",
  "55P03": "A lock was not granted within lock_timeout.",
};

/** What to do about an error of the server, or null: wrong advice is worse than none. */
export function adviceOn({ code, routine }: Pick<ServerError, "code" | "routine">): string | null {
  return byFunction[`${code} ${routine}`] ?? bySqlstate[code] ?? null;
}

/** True for an error of a login that the server repeats until the role or the database is changed. */
export function refusesLogin({ code, routine }: Pick<ServerError, "code" | "routine">): boolean {
  return routine === "CheckMyDatabase" && (code === "42501" || code === "55000");
}

/**
 * Classes whose DETAIL says why the server is not to be had or what is missing. That of others (22, 23) repeats values
 * of tables and statements.
 */
const telling: readonly string[] = ["28", "3D", "40", "42", "53", "55", "57"];

/** The server's DETAIL where it is fit to be shown beside the message. */
export function tellingDetail(code: string, detail: string | null): string | null {
  return telling.includes(code.slice(0, 2)) ? detail : null;
}
