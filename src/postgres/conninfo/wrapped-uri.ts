/** A URI of another program in libpq's scheme. */
export type WrappedUri = {
  readonly uri: string;
  /** How much further right each sign stood in the original. */
  readonly shift: number;
  /** Its scheme says that it was never meant for libpq. */
  readonly isForeign: boolean;
};

/** A variable or a setting before it, quotes around it, and the schemes by which drivers and frameworks know PostgreSQL. */
const wrapping =
  /^\s*(?:(?:export\s+)?(?!(?:jdbc|r2dbcs?|p\w+(?:\+\w+)?|timescale\w*):)[A-Za-z_][\w.-]*\s*[=:]\s*)?(["']?)(jdbc:(?:[a-z][\w-]*:)?|r2dbcs?:(?:pool:)?|pdo-)?(?:postgres(?:ql)?|postgis|pgsql|psql|ecto|timescale(?:db)?)(\+\w+)?:(\/.*|\w*)\1[;,]?\s*$/s;

const scheme = "postgresql";

/**
 * The URI in a line of an .env or properties file, in quotes, or in the form of JDBC (`jdbc:`, also of a driver around
 * it), R2DBC, SQLAlchemy (`postgresql+driver`), Django (`postgis`), Ecto or PHP (`pgsql`); null where there is none.
 */
export function unwrapUri(text: string): WrappedUri | null {
  const [all, , program = "", driver = "", written = ""] = wrapping.exec(text) ?? [];
  if (all === undefined) return null;
  const isJdbc = program.startsWith("jdbc:");
  const isForeign = program !== "" || driver !== "";
  // Java's drivers decode a query as a form: a plus sign is a blank.
  const rest = isJdbc || program.startsWith("r2dbc") ? written.replace(/\?.*$/s, formDecoded) : written;
  if (!rest.startsWith("//")) {
    // pgjdbc's short forms: a database of this machine, or none.
    return isJdbc ? { uri: `${scheme}://localhost/${rest.replace(/^\//, "")}`, shift: 0, isForeign } : null;
  }
  const shift = text.indexOf(`:${written}`) - scheme.length;
  // It does not speak over Unix-domain sockets, to which no host leads here.
  if (isJdbc && /^\/\/(?:[/?]|$)/.test(rest))
    return { uri: `${scheme}://localhost${rest.slice(2)}`, shift, isForeign };
  return { uri: `${scheme}:${driver === "" ? rest : withHostList(rest)}`, shift, isForeign };
}

const formDecoded = (query: string) => query.replaceAll("+", "%20");

/** SQLAlchemy repeats `host=name:port` for each of several hosts, of which libpq would take the last. */
function withHostList(rest: string): string {
  const [path = "", query = ""] = rest.split(/\?(.*)/s);
  const parts = query.split("&");
  const given = parts.filter((part) => part.startsWith("host=")).map((part) => part.slice("host=".length));
  const places = given.map((host) => /^([^:/]*):(\d+)$/.exec(host));
  if (given.length < 2 && !places[0]) return rest;
  const hosts = given.map((host, at) => places[at]?.[1] ?? host).join(",");
  const ports = places.map((place) => place?.[2] ?? "").join(",");
  const others = parts.filter((part) => part !== "" && !part.startsWith("host="));
  const list = [`host=${hosts}`, ...(/\d/.test(ports) ? [`port=${ports}`] : []), ...others];
  return `${path}?${list.join("&")}`;
}
