import { type ConnectionParameters, parseConninfo } from "../postgres/conninfo.ts";
import { splitHosts } from "../postgres/conninfo-hosts.ts";
import { connect } from "./connection.ts";
import type { Problem } from "./error.ts";
import { defaultParameters, type Ground } from "./nodes.ts";

/**
 * The connections of the command line's TARGETs by node name; without any, the one that psql would make
 * with no arguments.
 */
export function targetConnections(
  targets: readonly string[],
  ground: Ground,
): ReadonlyMap<string, ConnectionParameters> {
  const { environment, system, problems } = ground;
  const defaults = defaultParameters(ground);
  if (targets.length === 0) {
    const connection = connect(defaults, environment, system, problems);
    return connection ? named([connection], problems) : new Map();
  }
  const connections = targets.flatMap((target, index) => {
    const place = { where: `TARGET ${index + 1}`, option: "" };
    const conninfo = parseConninfo(target);
    if (!conninfo.ok || target.trim() === "") {
      const expected = "a connection URI or keyword=value pairs";
      const found = conninfo.ok
        ? "empty text"
        : `${conninfo.error.message} at character ${conninfo.error.position + 1}`;
      problems.push({
        ...place,
        expected,
        found,
        fix: "For example: postgresql://db1/postgres or host=db1.",
      });
      return [];
    }
    const hosts = splitHosts(conninfo.parameters);
    if (hosts === null) {
      const [expected, found] = ["one port, or one for each host", "another number of ports"];
      problems.push({ ...place, expected, found, fix: "For example: host=a,b port=5432,5433." });
      return [];
    }
    return hosts.flatMap((parameters) => {
      const given = {
        parameters: { ...defaults.parameters, ...parameters },
        where: (keyword: keyof typeof parameters) =>
          parameters[keyword] === undefined ? defaults.where(keyword) : place,
      };
      return connect(given, environment, system, problems) ?? [];
    });
  });
  return named(connections, problems);
}

/** Names by the shortest form that tells the connections apart: host:port, then the database, then the user. */
function named(
  connections: readonly ConnectionParameters[],
  problems: Problem[],
): ReadonlyMap<string, ConnectionParameters> {
  const names = new Map<string, ConnectionParameters>();
  for (const connection of connections) {
    const form = forms.find(
      (form) => connections.filter((other) => form(other) === form(connection)).length === 1,
    );
    if (form) names.set(form(connection), connection);
    else if (names.has(longest(connection))) {
      const found = `${place(connection)} twice`;
      problems.push({ where: "TARGET", option: "", expected: "each once", found, fix: "Remove one." });
    } else names.set(longest(connection), connection);
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
