import { blockEnd, dollarEnd, lineEnd, quoteEnd } from "../../postgres/sql-scan.ts";

/** The statement with blanks in place of its comments, and quotes alone in that of its strings and quoted names. */
function bare(sql: string): string {
  let text = "";
  let at = 0;
  const put = (to: number, mark: " " | "'") => {
    text += mark.repeat(to - at);
    at = to;
  };
  while (at < sql.length) {
    const character = sql.charAt(at);
    if (sql.startsWith("--", at)) put(lineEnd(sql, at), " ");
    else if (sql.startsWith("/*", at)) put(blockEnd(sql, at + 2), " ");
    else if (character === "'" || character === '"') put(quoteEnd(sql, at, character), "'");
    else if (character === "$" && dollarEnd(sql, at) > at + 1) put(dollarEnd(sql, at), "'");
    else {
      text += character;
      at += 1;
    }
  }
  return text;
}

/** What a read-only transaction refuses, each with what it is called. */
const writes: readonly (readonly [RegExp, string])[] = [
  [/\binsert\s+into\b/i, "INSERT"],
  [/\bdelete\s+from\b/i, "DELETE"],
  [/\bmerge\s+into\b/i, "MERGE"],
  [/\bfor\s+(?:no\s+key\s+update|update|key\s+share|share)\b/i, "a lock of rows (FOR UPDATE, FOR SHARE)"],
  [/\bupdate\b[^;]*?\bset\b/i, "UPDATE"],
  [/\binto\b/i, "SELECT INTO"],
];

/** Functions that change a server, its sessions or ours, and that no read-only transaction stops or undoes whole. */
const acting = new RegExp(
  `\\b(${[
    "pg_(?:terminate|cancel)_backend",
    "pg_(?:reload_conf|rotate_logfile|switch_wal|promote|notify|create_restore_point|log_backend_memory_contexts)",
    "pg_(?:start|stop)_backup|pg_backup_(?:start|stop)",
    "pg_wal_replay_(?:pause|resume)",
    "pg_(?:create|drop|copy)_(?:physical_|logical_)?replication_slot",
    "pg_create_(?:physical|logical)_replication_slot|pg_copy_(?:physical|logical)_replication_slot",
    "pg_replication_(?:slot_advance|origin_\\w+)",
    "pg_logical_(?:slot_(?:get|peek)_\\w+|emit_message)",
    "pg_stat_reset\\w*|pg_stat_statements_reset|pg_stat_force_next_flush",
    "pg_(?:try_)?advisory_\\w+",
    "pg_sleep\\w*",
    "pg_file_\\w+|pg_import_system_collations",
    "lo_\\w+|lowrite|dblink\\w*",
    "nextval|setval|set_config",
  ].join("|")})\\s*\\(`,
  "i",
);

/**
 * Why a statement cannot be asked again and again by a program that only reads, as what is found; null where it can.
 * What it does not see the server's read-only transaction refuses: this is to tell a slip early.
 */
export function refusedIn(sql: string): string | null {
  const text = bare(sql);
  if (text.trim() === "") return "none";
  if (sql.includes("\0")) return "a NUL character";
  if (/;\s*[^\s;]/.test(text)) return "more than one";
  if (/(?<![\w$])\$\d/.test(text)) return "one with a parameter ($1), for which there is no value";
  const [, first = ""] = /^[\s(]*([a-z]+)/i.exec(text) ?? [];
  if (!/^(?:select|with|values|table|show)$/i.test(first))
    return `one that begins with ${/^[a-z]{1,20}$/i.test(first) ? first.toUpperCase() : "something else"}`;
  const write = writes.find(([pattern]) => pattern.test(text));
  if (write) return `one that writes: ${write[1]}`;
  const [, name] = acting.exec(text) ?? [];
  return name === undefined ? null : `one that acts on the server: ${name.toLowerCase()}()`;
}

/** The statement as it is sent: without what stands behind it. */
export function withoutEnd(sql: string): string {
  return sql.slice(
    0,
    bare(sql)
      .trimEnd()
      .replace(/[;\s]+$/, "").length,
  );
}
