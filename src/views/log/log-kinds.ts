import type { Severity } from "../columns.ts";
import type { LogRecord } from "./log-record.ts";

/** SQLSTATEs, or their first characters, by what is picked out of a log. */
const byState: readonly (readonly [start: string, kind: string])[] = [
  ["40P01", "deadlock"],
  ["55P03", "lock timeout"],
  ["57014", "cancelled"],
  ["53100", "disk full"],
  ["53200", "out of memory"],
  ["53300", "too many connections"],
  ["58030", "I/O error"],
  ["XX001", "corruption"],
  ["XX002", "corruption"],
  ["57P0", "shutdown"],
  ["28", "login refused"],
];

/** What is done by processes of their own, which the forms csvlog and jsonlog name since 13. In English in any language. */
const byProcess: readonly (readonly [process: RegExp, kind: string])[] = [
  [/^checkpointer$/, "checkpoint"],
  [/^autovacuum (worker|launcher)$/, "autovacuum"],
  [/^(logical replication .*|walsender|walreceiver|slotsync worker)$/, "replication"],
];

/** What has no SQLSTATE of its own, by how it begins where lc_messages is English. */
const byWords: readonly (readonly [beginning: RegExp, kind: string])[] = [
  [
    /^process \d+ (still waiting for|acquired|avoided deadlock for|detected deadlock while waiting for) /,
    "lock wait",
  ],
  [/^(checkpoint|restartpoint) (starting|complete)|^checkpoints are occurring /, "checkpoint"],
  [/^invalidating obsolete replication slot /, "slot lost"],
  [/^automatic (aggressive )?(vacuum|analyze) /, "autovacuum"],
  [/^duration: /, "duration"],
  [/^temporary file: /, "temp file"],
  [
    /^(connection (received|authenticated|authorized|ready)|disconnection|replication connection authorized)/,
    "connection",
  ],
];

/** What a message is about; null where nothing that holds in any language tells. A function's name is never translated. */
export function kindOf(record: LogRecord, isEnglish: boolean): string | null {
  const { sql_state_code: state, backend_type: process, location, message } = record;
  const ofState = byState.find(([start]) => state?.startsWith(start));
  if (ofState) return ofState[1];
  if (location?.startsWith("ProcSleep,")) return "lock wait";
  const ofWords = isEnglish ? byWords.find(([beginning]) => beginning.test(message)) : undefined;
  if (ofWords) return ofWords[1];
  return byProcess.find(([name]) => process !== null && name.test(process))?.[1] ?? null;
}

/** The statement in a message of the kind `duration`, which has it instead of a field for it; null for none. */
export function statementIn(message: string): string | null {
  const found =
    /^duration: [\d.]+ ms {2}(?:statement|(?:parse|bind|execute)(?: fetch from)? [^:\n]*): (.+)$/s;
  return found.exec(message)?.[1] ?? null;
}

/** After these data is lost, or the server cannot go on. */
const gravest: ReadonlySet<string> = new Set(["corruption", "disk full", "I/O error"]);

/**
 * How bad a message is, by its SQLSTATE where it has one: an error has one beyond the classes of success, warning and no
 * data. A level is a word in the server's language.
 */
export function severityOf(
  { error_severity: level, sql_state_code: state }: LogRecord,
  kind: string | null,
): Severity {
  if (level === "PANIC" || (kind !== null && gravest.has(kind))) return "critical";
  if (level === "FATAL" || level === "ERROR") return "warning";
  if (level !== null && /^(LOG|WARNING|NOTICE|INFO|DEBUG\d?)$/.test(level)) return "ok";
  return state !== null && !/^0[012]/.test(state) ? "warning" : "ok";
}
