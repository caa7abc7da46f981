import { decodedBy, type LogRecord, linesOf, noRecord, type Reader } from "./log-record.ts";
import { momentOf } from "./log-time.ts";

const time = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`;

/** What an escape of log_line_prefix prints, as a pattern, with the name of what is read of it. */
const escapes: Readonly<Record<string, readonly [pattern: string, name?: string]>> = {
  a: [".*?", "application_name"],
  u: [".*?", "user_name"],
  d: [".*?", "database_name"],
  r: [".*?", "connection_from"],
  h: [".*?", "host"],
  b: [".*?", "backend_type"],
  p: [String.raw`\d+`, "process_id"],
  P: [String.raw`\d*`],
  t: [String.raw`${time} \S+`, "time"],
  m: [String.raw`${time}\.\d{3} \S+`, "time"],
  n: [String.raw`\d+\.\d{3}`, "epoch"],
  s: [String.raw`${time} \S+`],
  e: ["[0-9A-Z]{5}", "sql_state_code"],
  c: [String.raw`[0-9a-f]+\.[0-9a-f]+`],
  l: [String.raw`\d+`],
  x: [String.raw`\d+`],
  Q: [String.raw`-?\d+`, "query_id"],
};

const prefixes = new Map<string, RegExp>();
const quoted = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");

/** A line with a level, by log_line_prefix: each name once, `%q` ends the prefix of processes without a client. */
function lineOf(prefix: string): RegExp {
  const known = prefixes.get(prefix);
  if (known) return known;
  const named = new Set<string>();
  let pattern = "";
  let open = 0;
  for (const [, sign, plain = ""] of prefix.matchAll(/%-?\d*(.)|([^%]+)/gsu)) {
    if (sign === undefined) pattern += quoted(plain);
    else if (sign === "%") pattern += "%";
    else if (sign === "q") {
      pattern += "(?:";
      open += 1;
    } else {
      const [of, name] = escapes[sign] ?? [".*?"];
      const isNew = name !== undefined && !named.has(name);
      if (isNew) named.add(name);
      pattern += isNew ? ` *(?<${name}>${of}) *` : ` *${of} *`;
    }
  }
  const level = String.raw`(?<level>[^\s:][^:\t]{0,30}):  ?(?:(?<state>[0-9A-Z]{5}): )?(?<message>.*)$`;
  const made = new RegExp(`^${pattern}${")?".repeat(open)}${level}`, "su");
  prefixes.clear();
  prefixes.set(prefix, made);
  return made;
}

/** What follows a message in lines of their own, in English; in another language each is a message of its own. */
const followers: Readonly<Record<string, "detail" | "hint" | "context" | "query" | "location" | null>> = {
  ...{ DETAIL: "detail", HINT: "hint", CONTEXT: "context", STATEMENT: "query", LOCATION: "location" },
  ...{ QUERY: null, BACKTRACE: null },
};
const mostFollowers = Object.keys(followers).length;

const levels = /^(DEBUG[1-5]?|LOG|INFO|NOTICE|WARNING|ERROR|FATAL|PANIC)$/;

/**
 * The form stderr: what is before a message is as log_line_prefix has it, its further lines begin with a tab.
 * @param isCut the bytes may begin within a message: what may follow that is left out. In another language than English
 * that is what has the time and the process of the first line.
 */
export function plainRecords(bytes: string, reader: Reader, isCut = false): LogRecord[] {
  const pattern = lineOf(reader.prefix);
  const decode = decodedBy(reader);
  const records: LogRecord[] = [];
  const cut: string[] = [];
  for (const { line, position } of joined(bytes)) {
    const isFirst = isCut && records.length === 0;
    if (isFirst && line.startsWith("\t")) continue;
    const text = decode(line);
    const found = pattern.exec(text)?.groups;
    const last = records.at(-1);
    if (!found) {
      // Of a library, or of before log_line_prefix was changed.
      if (text.trim() !== "") records.push({ ...noRecord, position, message: text });
      continue;
    }
    const level = found["level"] ?? "";
    const follower = followers[level];
    if (isFirst && follower !== undefined) continue;
    const whose = `${found["time"] ?? found["epoch"] ?? ""} ${found["process_id"] ?? ""}`;
    const mayFollow = whose !== " " && whose === (cut[0] ?? whose) && cut.length < mostFollowers;
    if (isFirst && !levels.test(level) && mayFollow) {
      cut.push(whose);
      continue;
    }
    const pid = found["process_id"] === undefined ? null : Number(found["process_id"]);
    if (follower !== undefined && last && last.process_id === pid) {
      if (follower !== null) records[records.length - 1] = { ...last, [follower]: found["message"] ?? "" };
      continue;
    }
    records.push({
      ...noRecord,
      position,
      log_time: timeIn(found, reader),
      process_id: pid,
      user_name: saidBy(found["user_name"]),
      database_name: saidBy(found["database_name"]),
      connection_from: saidBy(found["connection_from"] ?? found["host"]),
      application_name: saidBy(found["application_name"]),
      backend_type: saidBy(found["backend_type"]),
      error_severity: level || null,
      sql_state_code: found["sql_state_code"] ?? found["state"] ?? null,
      query_id: /^-?[1-9]/.test(found["query_id"] ?? "") ? (found["query_id"] ?? null) : null,
      message: found["message"] ?? "",
    });
  }
  return records;
}

/** Of a process that has none of it the server says so. */
const saidBy = (text: string | undefined) =>
  text === undefined || text === "[unknown]" ? null : text || null;

function timeIn({ time: moment, epoch }: Record<string, string>, { zone }: Reader): number | null {
  if (moment !== undefined) return momentOf(moment, zone);
  return epoch === undefined ? null : Number(epoch);
}

/** Lines with those that go on with them. */
function joined(bytes: string): { line: string; position: number }[] {
  const all: { line: string; position: number }[] = [];
  for (const { line, position } of linesOf(bytes)) {
    const last = all.at(-1);
    if (line.startsWith("\t") && last) last.line += `\n${line.slice(1)}`;
    else all.push({ line, position });
  }
  return all;
}
