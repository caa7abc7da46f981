import { type LeftOut, parseAnyConninfo } from "../../postgres/conninfo/any-conninfo.ts";
import {
  type ConninfoParameters,
  environmentParameters,
  type Keyword,
} from "../../postgres/conninfo/conninfo.ts";
import { environmentVariables } from "../../postgres/conninfo/keywords.ts";

type PsqlLine =
  | { readonly ok: true; readonly parameters: ConninfoParameters; readonly leftOut: LeftOut }
  /** What is wrong with the connection string in it, quoting nothing. */
  | { readonly ok: false; readonly error: { readonly message: string } };

/** psql's options for a connection (PostgreSQL documentation, psql, "Options"), each with its keyword. */
const options: ReadonlyMap<string, Keyword> = new Map([
  ["-h", "host"],
  ["--host", "host"],
  ["-p", "port"],
  ["--port", "port"],
  ["-d", "dbname"],
  ["--dbname", "dbname"],
  ["-U", "user"],
  ["--username", "user"],
]);

/** Options with a value that say nothing of the connection, also behind letters that have none: `-Atc`. */
const others = /^-[A-Za-z]*[cfvoFPRTL]$|^--(command|file|set|variable|output|field-separator|pset|log-file)$/;

/**
 * The parameters that a command line of psql, with libpq's variables before it, or these alone give; null for any
 * other text. Words are taken apart as a POSIX shell does, without filling anything in.
 */
export function psqlParameters(text: string): PsqlLine | null {
  const words = shellWords(text);
  if (words === null) return null;
  const command = words.findIndex((word) => !/^(?:export$|[A-Za-z_][A-Za-z0-9_]*=)/.test(word));
  const start = command < 0 ? words.length : command;
  const isPsql = /(^|\/)psql(\.exe)?$/.test(words[start] ?? "");
  const given = words.slice(0, start).filter((word) => word !== "export");
  const areVariables = command < 0 && given.length > 0 && given.every((word) => /^PG[A-Z]+=/.test(word));
  if (!isPsql && !areVariables) return null;
  const environment = Object.fromEntries(given.map((word) => word.split(/=(.*)/s, 2)));
  const parameters: { [keyword in Keyword]?: string } = { ...environmentParameters(environment) };
  const free: string[] = [];
  const rest = words.slice(start + 1);
  for (let at = 0; at < rest.length; at++) {
    const word = rest[at] ?? "";
    const [, option = word, joined] = /^(--[a-z-]+)=(.*)$/s.exec(word) ?? /^(-[hpdU])(.+)$/s.exec(word) ?? [];
    const keyword = options.get(option);
    if (keyword !== undefined) parameters[keyword] = joined ?? rest[++at] ?? "";
    else if (others.test(word)) at++;
    else if (!word.startsWith("-")) free.push(word);
  }
  const [database, user] = free;
  if (database !== undefined) parameters.dbname ??= database;
  if (user !== undefined) parameters.user ??= user;
  return expanded(parameters, unusedVariables(environment));
}

const used = new Set([...environmentVariables.values(), "PGREQUIRESSL"]);

/** Those of libpq that mean nothing here, such as PGTZ. Of other programs' it is plain. */
function unusedVariables(environment: Readonly<Record<string, string>>): readonly string[] {
  return Object.keys(environment).filter((name) => /^PG[A-Z]+$/.test(name) && !used.has(name));
}

/** As in psql, what stands for the database may be a whole connection string, which goes before the options. */
function expanded({ dbname, ...parameters }: ConninfoParameters, unused: readonly string[]): PsqlLine {
  const leftOut: LeftOut = { names: unused, unnamed: 0 };
  if (dbname === undefined) return { ok: true, parameters, leftOut };
  if (!/^postgres(ql)?:\/\/|=/.test(dbname))
    return { ok: true, parameters: { ...parameters, dbname }, leftOut };
  const inner = parseAnyConninfo(dbname, "leave out");
  if (!inner.ok) return inner;
  const { names, unnamed } = inner.leftOut;
  return {
    ok: true,
    parameters: { ...parameters, ...inner.parameters },
    leftOut: { names: [...unused, ...names], unnamed },
  };
}

/** Null when a quote does not end. */
function shellWords(text: string): readonly string[] | null {
  const piece = /[^\s'"\\]+|'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)/sy;
  const words: string[] = [];
  for (let at = 0; at < text.length; ) {
    piece.lastIndex = at;
    const found = piece.exec(text);
    if (!found) {
      if (!/\s/.test(text[at] ?? "")) return null;
      at += 1;
      continue;
    }
    const joins = at > 0 && !/\s/.test(text[at - 1] ?? "");
    const [all, single, double, escaped] = found;
    const plain = single ?? double?.replace(/\\(["\\$`\n])/g, "$1") ?? escaped ?? all;
    if (joins && words.length > 0) words[words.length - 1] += plain;
    else words.push(plain);
    at += all.length;
  }
  return words;
}
