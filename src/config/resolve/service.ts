import { join } from "node:path";
import type { ConninfoParameters } from "../../postgres/conninfo/conninfo.ts";
import { findService, type Service } from "../../postgres/conninfo/service-file.ts";
import { type Problem, printable } from "../error.ts";
import { homeFolder } from "../home.ts";
import type { Environment } from "../interpolate.ts";
import type { ReadFile } from "../reading.ts";

// Debian's; what other builds of libpq have is told by `pg_config --sysconfdir`.
const systemDirectory = "/etc/postgresql-common";

/**
 * The service that a string or PGSERVICE names: in the file of `servicefile`, PGSERVICEFILE or ~/.pg_service.conf, then
 * in pg_service.conf of the system's directory, PGSYSCONFDIR. Null when none is named; else what is wrong with it.
 */
export function readService(
  given: ConninfoParameters,
  environment: Environment,
  read: ReadFile,
): (Service & { readonly file: string }) | Problem | null {
  // Like libpq, which looks for the section [] when the name is there but empty.
  const service = given.service ?? environment["PGSERVICE"];
  if (service === undefined) return null;
  const named = given.servicefile ?? environment["PGSERVICEFILE"];
  const own = named ?? join(homeFolder(environment), ".pg_service.conf");
  const system = join(environment["PGSYSCONFDIR"] || systemDirectory, "pg_service.conf");
  const section = given.service === undefined ? `[${printable(service)}]` : "of that name";
  for (const file of [own, system]) {
    const source = read(file);
    // Only a file that was named has to be there.
    if (source === null || (!source.ok && source.kind === "nothing" && file !== named)) continue;
    if (!source.ok)
      return wrong(
        // What a string says may be a password in the wrong place.
        given.servicefile === undefined ? printable(file) || "PGSERVICEFILE" : "servicefile",
        "a service file",
        source.found,
      );
    const found = findService(source.bytes.toString("utf8"), service);
    if (!found.ok) return wrong(`${printable(file)}:${found.line}`, "a keyword=value of libpq", found.why);
    if (found.service) return { ...found.service, file };
  }
  return wrong("service", `a section ${section} in a service file`, "none");
}

function wrong(where: string, expected: string, found: string): Problem {
  return {
    where,
    option: "",
    kind: "service",
    expected,
    found,
    fix: "See service, PGSERVICE and PGSERVICEFILE.",
  };
}
