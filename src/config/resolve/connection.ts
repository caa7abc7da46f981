import { type LeftOut, leftOutWords, parseAnyConninfo } from "../../postgres/conninfo/any-conninfo.ts";
import {
  type ConnectionParameters,
  type ConninfoParameters,
  checkParameters,
  type LocalSystem,
  resolveConnection,
} from "../../postgres/conninfo/conninfo.ts";
import { splitHosts } from "../../postgres/conninfo/hosts.ts";
import { isKeyword, isSecretKeyword, type Keyword } from "../../postgres/conninfo/keywords.ts";
import { tornByPassword } from "../../postgres/conninfo/mask.ts";
import { isUtf8 } from "../../postgres/conninfo/values.ts";
import { isTemplateName, templateHarm } from "../../postgres/server.ts";
import type { Problem } from "../error.ts";
import { type Environment, interpolate, isOneVariable } from "../interpolate.ts";
import type { ReadFile } from "../reading.ts";
import { type Given, type Place, withFallbacks } from "./resolution.ts";

/** What a string or a node's fields come to: one server for each host that is named. */
export type Resolved = {
  /** With what service and environment add. */
  readonly given: Given;
  readonly connections: readonly ConnectionParameters[];
};

type Surroundings = {
  readonly environment: Environment;
  /** What libpq's variables of it give. */
  readonly fromEnvironment: ConninfoParameters;
  readonly read: ReadFile;
  readonly system: LocalSystem;
  readonly problems: Problem[];
  readonly warnings: string[];
};

/** Looks up what was not given, checks all of it and fills in the rest as libpq does; null when it is not usable. */
export function connect(own: Given, surroundings: Surroundings): Resolved | null {
  const { system, problems, warnings } = surroundings;
  const given = withFallbacks(own, surroundings);
  if (given === null) return null;
  const found = judge(given);
  problems.push(...found);
  const hosts = splitHosts(given.parameters);
  if (found.length > 0 || "expected" in hosts) return null;
  const connections = hosts.map((parameters) => resolveConnection(parameters, system));
  const template = connections.find(({ dbname }) => isTemplateName(dbname))?.dbname;
  const harm =
    template === undefined ? [] : [`${placeName(given.where("dbname"))}: ${templateHarm(template)}`];
  warnings.push(...surprises(given), ...harm);
  if (connections.every(({ user }) => user !== "")) return { given, connections };
  problems.push({
    ...given.where("user"),
    kind: "value",
    expected: "a user",
    found: "no user name for this process",
    fix: "Set user or PGUSER.",
  });
  return null;
}

/** What libpq does without a word, and what nobody may expect of it or of us. */
function surprises({ parameters, where, torn }: Given): readonly string[] {
  const { host, hostaddr, client_encoding } = parameters;
  const encoding =
    client_encoding && !isUtf8(client_encoding)
      ? `${placeName(where("client_encoding"))}: client_encoding is ignored, the session converts nothing`
      : [];
  const address =
    hostaddr && host && where("hostaddr").giver === "env" && where("host").giver !== "env"
      ? `${where("hostaddr").where}: connections go there, whatever their host is`
      : [];
  const password = torn?.has("dbname")
    ? [`${placeName(where("dbname"))}: an @ behind the host; in a URI's password write %40 for @, %2F for /`]
    : [];
  return [encoding, address, password].flat();
}

function placeName({ where, option }: Place): string {
  return option === "" ? where : `${where}: ${option}`;
}

/**
 * What a password that was not escaped left behind, and no host or database is called: to go on would name a node by it,
 * and tell it to the resolver or to another server.
 */
function tornProblem({ parameters, where, torn }: Given): Problem | null {
  const fix = "In a URI's password write %40 for @ and %2F for /.";
  if (torn?.has("host") && /[^,]@/.test(parameters.host ?? ""))
    return { ...where("host"), kind: "value", expected: "a host name", found: "an @ in it", fix };
  if (torn?.has("dbname") && /@[^/]*\//.test(parameters.dbname ?? ""))
    return { ...where("dbname"), kind: "value", expected: "a database", found: "an @ and a / in it", fix };
  return null;
}

function judge(given: Given): readonly Problem[] {
  const { parameters, where } = given;
  const torn = tornProblem(given);
  if (torn) return [torn];
  return checkParameters(parameters).map(({ keyword, expected, found }) => {
    const place = where(keyword);
    const name = place.giver === "env" ? place.where : keyword;
    const fix = `Change or remove ${name}.`;
    // Unescaped, the rest of the password looks like a port.
    const slash = keyword === "port" && name === "port" && !place.option.endsWith(".port");
    return {
      ...place,
      kind: "value" as const,
      expected,
      found,
      fix: slash ? `${fix} In a URI's password write %2F for /.` : fix,
    };
  });
}

/** A connection string of the file, read before its variables are filled in: a password may hold an @ or a blank. */
export type ConnectionText = {
  readonly parameters: ConninfoParameters;
  /** Whether the text alone, without any variable, holds a password or the passphrase of a key. */
  readonly holdsPassword: boolean;
  readonly torn: ReadonlySet<Keyword>;
  /** What another program's string has that means nothing here. */
  readonly leftOut: LeftOut;
};

/** A warning about it; none when there is nothing. */
export function leftOutWarning(where: string, leftOut: LeftOut): readonly string[] {
  const words = leftOutWords(leftOut);
  return words === null ? [] : [`${where}: these parameters of another program are left out: ${words}`];
}

// Means nothing in either form of a connection string, and nobody writes it.
const mark = "\uE000";

/** Null when it cannot be read; then `refuse` was called. */
export function readConnectionText(
  source: string,
  environment: Environment,
  refuse: (found: string) => void,
): ConnectionText | null {
  if (isOneVariable(source)) {
    const { text } = interpolate(source, environment);
    const conninfo = parseAnyConninfo(text);
    if (conninfo.ok) return { ...conninfo, holdsPassword: false, torn: tornByPassword(text) };
    refuse(`${conninfo.error.message} in the variable`);
    return null;
  }
  const actual: string[] = [];
  const template = interpolate(source, environment, (value) => `${mark}${actual.push(value) - 1}${mark}`);
  const own: string[] = [];
  interpolate(source, {}, (value) => `${own.push(value)}`);
  const conninfo = parseAnyConninfo(template.text);
  if (!conninfo.ok) {
    refuse(conninfo.error.message);
    return null;
  }
  const fill = (text: string, values: readonly string[]) =>
    text.replace(/\uE000(\d+)\uE000/g, (all, index: string) => values[Number(index)] ?? all);
  const entries = Object.entries(conninfo.parameters);
  for (const keyword of ["host", "port", "dbname", "user"] as const)
    if (conninfo.parameters[keyword] && fill(conninfo.parameters[keyword], actual) === "") {
      // Going on would reach the local server, or be another user, without a word.
      refuse(`an empty variable for ${keyword}`);
      return null;
    }
  // An empty variable gives nothing, as in a URI; what is written as empty in the text itself stops the search.
  const filled = entries
    .map(([keyword, text]) => ({ keyword, text, value: fill(text, actual) }))
    .filter(({ text, value }) => text === "" || value !== "");
  return {
    parameters: Object.fromEntries(filled.map(({ keyword, value }) => [keyword, value])),
    holdsPassword: Object.entries(conninfo.parameters).some(
      ([keyword, text]) => isKeyword(keyword) && isSecretKeyword(keyword) && fill(text, own) !== "",
    ),
    // A variable stays in its place, whatever it holds.
    torn: tornByPassword(interpolate(source, environment, () => "0").text),
    leftOut: conninfo.leftOut,
  };
}
