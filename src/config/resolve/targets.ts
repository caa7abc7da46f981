import { parseAnyConninfo } from "../../postgres/conninfo/any-conninfo.ts";
import type { ConnectionParameters, Keyword } from "../../postgres/conninfo/conninfo.ts";
import { tornByPassword } from "../../postgres/conninfo/mask.ts";
import type { Problem } from "../error.ts";
import { connect, leftOutWarning } from "./connection.ts";
import { defaultParameters, type Entry, type Ground, over } from "./nodes.ts";
import type { Given, Place } from "./resolution.ts";

/** The command line's TARGETs; without any, the connection that psql would make with no arguments. */
export function targetEntries(targets: readonly string[], ground: Ground): readonly Entry[] {
  const nothing: Given = { parameters: {}, where: defaultParameters(ground).where };
  const given =
    targets.length === 0
      ? [nothing]
      : targets.flatMap((target, index) => readTarget(target, index, ground) ?? []);
  const found = given.flatMap((own) => {
    const resolved = connect(over(defaultParameters(ground), own), ground);
    return resolved ? [{ own, ...resolved }] : [];
  });
  const names = named(
    found.flatMap(({ connections }) => connections),
    ground.problems,
  );
  return found.map(({ own, given, connections }) => {
    const servers = new Map(connections.map((connection) => [names.get(connection) ?? "", connection]));
    const name = [...servers.keys()].join(",");
    return { name, path: ["nodes", name], fields: {}, own, given, servers };
  });
}

/** What a TARGET says; null when it cannot be read. Empty, it is most likely a variable that is not set. */
export function readTarget(
  target: string,
  index: number,
  { problems, warnings }: Pick<Ground, "problems" | "warnings">,
  empty: "may be empty" | "not empty" = "not empty",
): Given | null {
  const place: Place = { giver: "string", where: `TARGET ${index + 1}`, option: "" };
  const conninfo = parseAnyConninfo(target);
  if (conninfo.ok && (target.trim() !== "" || empty === "may be empty")) {
    const { parameters, positions, leftOut } = conninfo;
    warnings.push(...leftOutWarning(place.where, leftOut));
    const where = (keyword: Keyword) => ({ ...place, position: positions[keyword] });
    return { parameters, where, torn: tornByPassword(target) };
  }
  problems.push({
    ...place,
    kind: "syntax",
    position: conninfo.ok ? undefined : conninfo.error.position,
    expected: "a connection URI or keyword=value pairs",
    found: conninfo.ok
      ? "empty text"
      : `${conninfo.error.message} at character ${conninfo.error.position + 1}`,
    fix:
      !conninfo.ok && conninfo.error.message.startsWith("an unknown ")
        ? `Leave it out, or write it as libpq does ("Parameter Key Words").`
        : "For example: postgresql://db1/postgres or host=db1.",
  });
  return null;
}

/** Names by the shortest form that tells the connections apart: host:port, then the database, then the user. */
function named(
  connections: readonly ConnectionParameters[],
  problems: Problem[],
): ReadonlyMap<ConnectionParameters, string> {
  const names = new Map<ConnectionParameters, string>();
  for (const connection of connections) {
    const form =
      forms.find((form) => connections.filter((other) => form(other) === form(connection)).length === 1) ??
      longest;
    const name = form(connection);
    if ([...names.values()].includes(name)) {
      const found = "the same user, server and database twice";
      problems.push({ where: "TARGET", option: "", expected: "each once", found, fix: "Remove one." });
    }
    names.set(connection, name);
  }
  return names;
}

function place({ host, port }: ConnectionParameters): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function longest(connection: ConnectionParameters): string {
  return `${connection.user}@${place(connection)}/${connection.dbname}`;
}

const forms = [
  place,
  (connection: ConnectionParameters) => `${place(connection)}/${connection.dbname}`,
  longest,
];
