import type { Problem } from "./error.ts";
import type { Environment } from "./interpolate.ts";
import { programOptions } from "./options.ts";
import type { FileValues } from "./schema.ts";
import type { Flags, Settings } from "./settings.ts";
import { boolean, type Kind } from "./values.ts";
import { readText, Variables } from "./variables.ts";

type ProgramSettings = Pick<Settings, "refreshMs" | "theme" | "ascii" | "color" | "logLevel" | "readOnlyBy">;

/** The options of the program as a whole: flag, else variable, else file, else default. */
export function programSettings(
  flags: Flags,
  environment: Environment,
  values: FileValues,
  problems: Problem[],
): ProgramSettings {
  const { refresh, theme, ascii, color, log_level } = programOptions;
  const variables = new Variables(environment, problems);
  const flag = <T>(kind: Kind<T>, text: string | undefined, name: string): T | undefined =>
    text === undefined ? undefined : readText(kind, text, name, problems);
  const given = {
    refresh: flag(refresh.kind, flags.refresh, "--refresh"),
    theme: flag(theme.kind, flags.theme, "--theme"),
    logLevel: flag(log_level.kind, flags.logLevel, "--log-level"),
  };
  const set = {
    refresh: variables.read(refresh.kind, "refresh"),
    theme: variables.read(theme.kind, "theme"),
    ascii: variables.read(ascii.kind, "ascii"),
    color: variables.read(color.kind, "color"),
    logLevel: variables.read(log_level.kind, "log_level"),
    readOnly: variables.read(boolean, "read_only"),
  };
  const readOnlyBy = flags.readOnly ? "--read-only" : set.readOnly ? "PGPARADE_READ_ONLY" : null;
  // https://no-color.org: any text at all. A flag is only ever --ascii or --no-color.
  const noColor = environment["NO_COLOR"] ? false : undefined;
  return {
    refreshMs: given.refresh ?? set.refresh ?? values.refresh ?? refresh.default,
    theme: given.theme ?? set.theme ?? values.theme ?? theme.default,
    ascii: flags.ascii === true || (set.ascii ?? values.ascii ?? ascii.default),
    color: flags.color !== false && (set.color ?? noColor ?? values.color ?? color.default),
    logLevel: given.logLevel ?? set.logLevel ?? values.log_level ?? log_level.default,
    readOnlyBy,
  };
}
