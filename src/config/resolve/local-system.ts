import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { userInfo } from "node:os";
import { readPlainFileNow } from "../../files/plain-file.ts";
import type { LocalSystem } from "../../postgres/conninfo/conninfo.ts";
import type { Environment } from "../interpolate.ts";

/** What libpq asks of the machine; the user only when nobody names one. */
export function localSystem(environment: Environment): LocalSystem {
  let user: string | undefined;
  return {
    get user() {
      user ??= userName() ?? environment["USER"] ?? "";
      return user;
    },
    socketDirectories: ["/var/run/postgresql", "/tmp"].filter((directory) => existsSync(directory)),
  };
}

/**
 * The name of the user that this process runs as, as libpq finds it (pg_fe_getauthname): by its effective id, since
 * anybody can set USER, which is what the runtime goes by. Null for an id without a name, as in some containers.
 */
function userName(): string | null {
  const id = process.geteuid?.();
  if (id === undefined) return userInfo().username;
  for (const line of readPasswd()) {
    const [name, , uid] = line.split(":");
    if (name && uid === String(id)) return name;
  }
  // Users of a directory service, and all of macOS, are in no file.
  const { status, stdout } = spawnSync("id", ["-un"], { encoding: "utf8", timeout: 1000 });
  return status === 0 ? stdout.trim() || null : null;
}

function readPasswd(): readonly string[] {
  const read = readPlainFileNow("/etc/passwd", 16 * 1_048_576);
  return read.ok ? read.bytes.toString("utf8").split("\n") : [];
}
