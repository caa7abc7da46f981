import type { Values } from "./differences.ts";
import { isCommon } from "./differences.ts";
import { classOf } from "./expected.ts";
import type { ServerState } from "./server-facts.ts";

export type FactKind = "restart" | "setting" | "version" | "extension" | "files" | "role" | "database";

/** One thing that servers may have differently. */
export type Fact = {
  readonly kind: FactKind;
  readonly name: string;
  readonly database: string | null;
  readonly values: Values;
};

const fact = (kind: FactKind, name: string, values: Values, database: string | null = null): Fact => ({
  kind,
  name,
  database,
  values,
});

const absent = "absent";

/** All names that any of them has. */
const namesIn = (maps: readonly (ReadonlyMap<string, unknown> | ReadonlySet<string> | null)[]) =>
  [...new Set(maps.flatMap((map) => [...(map?.keys() ?? [])]))].toSorted();

/** What servers of one cluster, or any others, have for every setting that may not differ. Names that a server lacks are not compared. */
export function settingFacts(servers: readonly ServerState[]): Fact[] {
  return namesIn(servers.map(({ settings }) => settings)).flatMap((name) => {
    if (classOf(name) === "expected") return [];
    const held = servers.flatMap((server) => {
      const one = server.settings?.get(name);
      if (one) return [{ server, value: one.value, isDefault: one.isDefault }];
      // Down, without an answer, or hidden from this role.
      const isUnknown = !server.settings || !server.readsAllSettings;
      return isUnknown ? [{ server, value: null, isDefault: false }] : [];
    });
    const known = held.filter(({ value }) => value !== null);
    // Majors have defaults of their own.
    const majors = new Set(known.map(({ server }) => server.major));
    if (majors.size > 1 && known.every(({ isDefault }) => isDefault)) return [];
    return [fact("setting", name, new Map(held.map(({ server, value }) => [server.node, value])))];
  });
}

/** The settings that wait for a restart, with the value in force; those of other servers do not wait. */
export function restartFacts(servers: readonly ServerState[]): Fact[] {
  return namesIn(servers.map(({ settings }) => settings)).flatMap((name) => {
    const values = servers.map(({ node, settings, readsAllSettings }) => {
      const one = settings?.get(name);
      const isKnown = one !== undefined || (settings !== null && readsAllSettings);
      return [node, isKnown ? (one?.pendingRestart ? "waits" : "-") : null] as const;
    });
    return values.some(([, value]) => value === "waits") ? [fact("restart", name, new Map(values))] : [];
  });
}

/** The version of the servers of a cluster; of a fleet that of each major, since they may be of several. */
export function versionFacts(servers: readonly ServerState[], eachMajor: boolean): Fact[] {
  const of = (some: readonly ServerState[], name: string) =>
    fact("version", name, new Map(some.map(({ node, version }) => [node, version])));
  if (!eachMajor) return [of(servers, "server_version")];
  return [...Map.groupBy(servers, ({ major }) => major)].map(([major, some]) =>
    of(some, `server_version ${major}`),
  );
}

/** Extensions by database, roles and databases of servers that are to have the same; and the versions of their files. */
export function objectFacts(servers: readonly ServerState[]): Fact[] {
  const databases = namesIn(servers.map(({ extensions }) => extensions));
  const installed = databases.flatMap((database) =>
    namesIn(servers.map(({ extensions }) => extensions?.get(database) ?? null)).map((name) => {
      const values = servers.flatMap(({ node, extensions }) => {
        const own = extensions?.get(database);
        // A database that is missing is told by itself, one that did not answer is unknown.
        if (extensions && !own) return [];
        return [[node, own ? (own.get(name) ?? absent) : null] as const];
      });
      return fact("extension", name, new Map(values), database);
    }),
  );
  const used = new Set(installed.map(({ name }) => name));
  const files = [...used].map((name) =>
    fact(
      "files",
      name,
      new Map(servers.map((one) => [one.node, one.files && (one.files.get(name) ?? "no files")])),
    ),
  );
  return [...installed, ...files, ...roleFacts(servers), ...databaseFacts(servers)];
}

function roleFacts(servers: readonly ServerState[]): Fact[] {
  return namesIn(servers.map(({ roles }) => roles)).map((name) =>
    fact(
      "role",
      name,
      new Map(servers.map(({ node, roles }) => [node, roles && (roles.get(name) ?? absent)])),
    ),
  );
}

function databaseFacts(servers: readonly ServerState[]): Fact[] {
  return namesIn(servers.map(({ databases }) => databases)).map((name) => {
    const values = servers.map(
      ({ node, databases }) => [node, databases && (databases.has(name) ? "present" : absent)] as const,
    );
    return fact("database", name, new Map(values));
  });
}

/**
 * The same over clusters that have nothing to do with one another: each may have objects of its own, and what most have is
 * odd where it is absent. What they have under one name is compared, extensions within a major.
 */
export function sharedObjectFacts(servers: readonly ServerState[]): Fact[] {
  const everywhere = servers.map((server) => ({ server, own: versionsOf(server) }));
  const extensions = namesIn(everywhere.map(({ own }) => own)).flatMap((name) => {
    const present = everywhere.map(
      ({ server, own }) => [server.node, own && (own.has(name) ? "present" : absent)] as const,
    );
    const byMajor = Map.groupBy(everywhere, ({ server }) => server.major);
    const versions = [...byMajor].map(([major, some]) =>
      fact(
        "extension",
        byMajor.size > 1 ? `${name} on ${major}` : name,
        new Map(
          some.flatMap(({ server, own }) => (own?.has(name) ? [[server.node, own.get(name) ?? null]] : [])),
        ),
      ),
    );
    return [...whereCommon(fact("extension", name, new Map(present))), ...versions];
  });
  const shared = [...roleFacts(servers), ...databaseFacts(servers)].flatMap((one) => {
    if (isMostlyThere(one)) return [one];
    const there = [...one.values].filter(([, value]) => value !== absent);
    return one.kind === "role" ? [{ ...one, values: new Map(there) }] : [];
  });
  return [...extensions, ...shared];
}

const whereCommon = (one: Fact): Fact[] => (isMostlyThere(one) ? [one] : []);

function isMostlyThere({ values }: Fact): boolean {
  const known = [...values.values()].filter((value) => value !== null);
  return isCommon(known.filter((value) => value !== absent).length, known.length);
}

/** The versions of each extension over the databases of a server. */
function versionsOf({ extensions }: ServerState): ReadonlyMap<string, string> | null {
  if (!extensions) return null;
  const all = [...extensions.values()].flatMap((own) => [...own]);
  return new Map(
    [...Map.groupBy(all, ([name]) => name)].map(([name, some]) => [
      name,
      [...new Set(some.map(([, version]) => version))].toSorted().join(" and "),
    ]),
  );
}
