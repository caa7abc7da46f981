import { homedir } from "node:os";
import { join } from "node:path";
import type { Environment } from "./interpolate.ts";

/** The user's folder, where libpq and ssh have their files. */
export function homeFolder(environment: Environment): string {
  return environment["HOME"] || homedir();
}

/** A path of the file, which may begin with `~/`, as a shell would have it. */
export function fromHome(path: string, environment: Environment): string {
  return path.startsWith("~/") ? join(homeFolder(environment), path.slice(2)) : path;
}

/** The value of a field that is libpq's keyword, with a path, or hosts that are socket directories, as {@link fromHome} has it. */
export function valueFromHome(keyword: string, text: string, environment: Environment): string {
  if (keyword === "host")
    return text
      .split(",")
      .map((host) => fromHome(host, environment))
      .join(",");
  return pathKeywords.includes(keyword) ? fromHome(text, environment) : text;
}

const pathKeywords: readonly string[] = ["sslrootcert", "sslcert", "sslkey", "sslcrl"];
