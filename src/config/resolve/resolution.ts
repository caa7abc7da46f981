import { type ConninfoParameters, type Keyword, variableOf } from "../../postgres/conninfo/conninfo.ts";
import type { Problem } from "../error.ts";
import type { Environment } from "../interpolate.ts";
import type { ReadFile } from "../reading.ts";
import { readService } from "./service.ts";

/** Who gave a parameter: a connection string, the config file's fields, a service, or libpq's environment. */
export type Giver = "string" | "config" | "service" | "env";

/**
 * Where a parameter was written, in words and, for a string on the command line, by its character from 0. `where` and
 * `option` may be getters: a file is parsed once more, with places, only when one is told.
 */
export type Place = {
  readonly giver: Giver;
  readonly where: string;
  readonly option: string;
  readonly position?: number | undefined;
};

/** Parameters of a connection and where each was written. */
export type Given = {
  readonly parameters: ConninfoParameters;
  readonly where: (keyword: Keyword) => Place;
  /** Those that may hold a piece of an unescaped password. */
  readonly torn?: ReadonlySet<Keyword>;
};

type Fallbacks = {
  readonly environment: Environment;
  readonly fromEnvironment: ConninfoParameters;
  readonly read: ReadFile;
  readonly problems: Problem[];
};

/**
 * Adds to what was given the service that it names, and then the environment (libpq, "Parameter Key Words"): what is
 * given but empty is not looked for any further, and has libpq's default. Null when the service cannot be had.
 */
export function withFallbacks(
  given: Given,
  { environment, fromEnvironment, read, problems }: Fallbacks,
): Given | null {
  const service = readService(given.parameters, environment, read);
  if (service && "expected" in service) {
    problems.push(service);
    return null;
  }
  const fromService = service?.parameters ?? {};
  return {
    ...given,
    parameters: { ...fromEnvironment, ...fromService, ...given.parameters },
    where: (keyword) => {
      if (service && given.parameters[keyword] === undefined && fromService[keyword] !== undefined)
        return { giver: "service", where: `${service.file}:${service.lines[keyword]}`, option: keyword };
      if (given.parameters[keyword] === undefined && fromEnvironment[keyword] !== undefined)
        return { giver: "env", where: variableOf(keyword, environment), option: "" };
      return given.where(keyword);
    },
  };
}
