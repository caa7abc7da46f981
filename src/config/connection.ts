import {
  type ConnectionParameters,
  type ConninfoParameters,
  checkParameters,
  environmentParameters,
  type Keyword,
  type LocalSystem,
  parseConninfo,
  resolveConnection,
  variableOf,
} from "../postgres/conninfo.ts";
import type { Problem } from "./error.ts";
import { type Environment, interpolate, isOneVariable } from "./interpolate.ts";
import { readService } from "./service.ts";

/** Parameters of a connection and where each was written. */
export type Given = {
  readonly parameters: ConninfoParameters;
  readonly where: (keyword: Keyword) => { readonly where: string; readonly option: string };
};

/** Checks what was given and fills in the rest as libpq does; null when it is not usable. */
export function connect(
  { parameters: given, where: whereGiven }: Given,
  environment: Environment,
  system: LocalSystem,
  problems: Problem[],
): ConnectionParameters | null {
  const service = readService(given, environment);
  if (service && "expected" in service) {
    problems.push(service);
    return null;
  }
  const parameters = { ...service?.parameters, ...withoutEmpty(given) };
  const where: Given["where"] = (keyword) =>
    service && !given[keyword] && parameters[keyword]
      ? { where: service.file, option: keyword }
      : whereGiven(keyword);
  const inherited = environmentParameters(environment);
  const found = checkParameters({ ...inherited, ...withoutEmpty(parameters) });
  for (const { keyword, expected, found: what } of found) {
    const name = parameters[keyword] ? keyword : (variableOf(keyword) ?? keyword);
    const place = parameters[keyword] ? where(keyword) : { where: name, option: "" };
    const fix = `Change or remove ${name}.`;
    // Unescaped, the rest of the password looks like a port.
    const slash = keyword === "port" && name === "port" && !place.option.endsWith(".port");
    problems.push({
      ...place,
      expected,
      found: what,
      fix: slash ? `${fix} In a URI's password write %2F for /.` : fix,
    });
  }
  if (found.length > 0) return null;
  const connection = resolveConnection(parameters, environment, system);
  if (connection.user !== "") return connection;
  problems.push({
    ...where("user"),
    expected: "a user",
    found: "no user name for this process",
    fix: "Set user or PGUSER.",
  });
  return null;
}

function withoutEmpty(parameters: ConninfoParameters): ConninfoParameters {
  return Object.fromEntries(Object.entries(parameters).filter(([, value]) => value));
}

/** A connection string of the file, read before its variables are filled in: a password may hold an @ or a blank. */
export type ConnectionText = {
  readonly parameters: ConninfoParameters;
  /** Whether the text alone, without any variable, holds a password. */
  readonly holdsPassword: boolean;
};

// Means nothing in either form of a connection string, and nobody writes it.
const mark = "\uE000";

/** Null when it cannot be read; then `refuse` was called. */
export function readConnectionText(
  source: string,
  environment: Environment,
  refuse: (found: string) => void,
): ConnectionText | null {
  if (isOneVariable(source)) {
    const conninfo = parseConninfo(interpolate(source, environment).text);
    if (conninfo.ok) return { parameters: conninfo.parameters, holdsPassword: false };
    refuse(`${conninfo.error.message} in the variable`);
    return null;
  }
  const actual: string[] = [];
  const template = interpolate(source, environment, (value) => `${mark}${actual.push(value) - 1}${mark}`);
  const own: string[] = [];
  interpolate(source, {}, (value) => `${own.push(value)}`);
  const conninfo = parseConninfo(template.text);
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
  return {
    parameters: Object.fromEntries(entries.map(([keyword, text]) => [keyword, fill(text, actual)])),
    holdsPassword: fill(conninfo.parameters.password ?? "", own) !== "",
  };
}
