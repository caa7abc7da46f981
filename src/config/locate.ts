import { isAbsolute, join } from "node:path";
import type { Environment } from "./interpolate.ts";
import { type ReadFile, readNow } from "./reading.ts";
import type { Flags } from "./settings.ts";

/**
 * The config file: --config, else PGPARADE_CONFIG, else pgparade/config.yaml in $XDG_CONFIG_HOME (~/.config).
 * Null when none is named and none is there.
 */
export function locateFile(flags: Flags, environment: Environment, read: ReadFile = readNow): string | null {
  const named = flags.config ?? environment["PGPARADE_CONFIG"];
  if (named) return named;
  const file = defaultFile(environment);
  const found = file === null ? null : read(file);
  return found === null || (!found.ok && found.kind === "nothing") ? null : file;
}

/** The place of the config file when none is named; null for a user without a home. */
export function defaultFile(environment: Environment): string | null {
  const { XDG_CONFIG_HOME: configHome, HOME: home } = environment;
  // The XDG base directory specification has relative paths ignored.
  const base = configHome && isAbsolute(configHome) ? configHome : home && join(home, ".config");
  return base ? join(base, "pgparade", "config.yaml") : null;
}
