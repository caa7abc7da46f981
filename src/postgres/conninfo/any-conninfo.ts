import type { ConninfoParameters } from "./keywords.ts";
import type { AnyConninfo, LeftOut } from "./other-programs.ts";
import { parseConninfo } from "./parse.ts";

export type { LeftOut } from "./other-programs.ts";

/**
 * Reads what libpq reads, as it does ({@link parseConninfo}), and else the strings that people have from other
 * programs: of Prisma, SQLAlchemy, JDBC, Npgsql, ODBC, Rails, Go and so on. Their own parameters are translated or left
 * out, which is told. An unknown one is refused, or left out as well where the user sees the result.
 */
export function parseAnyConninfo(text: string, unknown: "refuse" | "leave out" = "refuse"): AnyConninfo {
  const strict = parseConninfo(text);
  const read =
    strict.ok && !isSplit(strict.parameters) ? { ...strict, leftOut: nothing } : other(text, unknown);
  return read.ok ? { ...read, parameters: withLibpqModes(read.parameters) } : read;
}

/** Most starts have no such string, and the first frame waits for no file that is not needed. */
function other(text: string, unknown: "refuse" | "leave out"): AnyConninfo {
  const { parseOther }: typeof import("./other-programs.ts") = require("./other-programs.ts");
  return parseOther(text, unknown);
}

const nothing: LeftOut = { names: [], unnamed: 0 };

/** What was left out, in words for a person; null when it is nothing. */
export function leftOutWords({ names, unnamed }: LeftOut): string | null {
  const count =
    unnamed === 0 ? [] : [unnamed === 1 ? "1 unknown parameter" : `${unnamed} unknown parameters`];
  const all = [...new Set(names), ...count];
  return all.length === 0 ? null : all.join(", ");
}

/** A semicolon in the name of a server or a port is one between two pairs. */
function isSplit({ host = "", port = "", hostaddr = "" }: ConninfoParameters): boolean {
  return `${host}${port}${hostaddr}`.includes(";");
}

/** node-postgres has a mode of its own: TLS, whoever is at the other end. */
function withLibpqModes(parameters: ConninfoParameters): ConninfoParameters {
  return parameters.sslmode === "no-verify" ? { ...parameters, sslmode: "require" } : parameters;
}
