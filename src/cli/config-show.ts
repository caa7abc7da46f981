import { ConfigError, type Problem } from "../config/error.ts";
import { type Effective, effectiveParameters, explicitParameters } from "../config/resolve/effective.ts";
import type { Entry } from "../config/resolve/nodes.ts";
import type { Given } from "../config/resolve/resolution.ts";
import { readTarget } from "../config/resolve/targets.ts";
import type { Flags, NodeSettings, Settings } from "../config/settings.ts";
import { holdTime, level } from "../config/values.ts";
import { splitHosts } from "../postgres/conninfo/hosts.ts";
import { loadOnce } from "../services/config-files.ts";
import { safeName } from "../text/text.ts";
import { inJson, inWords, problemInJson, type ShownEntry, type ShownOwn } from "./config-show-format.ts";
import { complain, print, toJson } from "./output.ts";
import { keyPassphraseOrigin, passwordOrigin } from "./password-origin.ts";

type ShowFlags = Flags & { readonly format: "text" | "json"; readonly explicit: boolean };

/**
 * Prints what each node, or each TARGET, resolves to and where every value comes from, without connecting anywhere,
 * running a program or asking the keyring. Exit code 2 when something is wrong.
 */
export async function configShow(targets: readonly string[], flags: ShowFlags): Promise<number> {
  const { format, explicit } = flags;
  const own: ShownOwn[] = [];
  const entries =
    explicit && targets.length > 0 ? explicitTargets(targets) : await loadedEntries(targets, flags, own);
  if (entries instanceof ConfigError) {
    if (format === "json") await print(`${toJson(problemInJson(entries.problems))}\n`);
    else complain(entries.message);
    return 2;
  }
  await print(format === "json" ? inJson(entries, own) : inWords(entries, own));
  return 0;
}

/** Only read and not judged: what a string says, whatever it is good for. */
function explicitTargets(targets: readonly string[]): readonly ShownEntry[] | ConfigError {
  const problems: Problem[] = [];
  const warnings: string[] = [];
  const entries = targets.flatMap((target, index) => {
    const own = readTarget(target, index, { problems, warnings }, "may be empty");
    return own ? [explicitEntry(`TARGET ${index + 1}`, own)] : [];
  });
  for (const warning of warnings) complain(`pgparade: ${warning}`);
  return problems.length > 0 ? new ConfigError(problems) : entries;
}

function explicitEntry(name: string, own: Given): ShownEntry {
  const hosts = splitHosts(own.parameters);
  const { host, hostaddr, port } = own.parameters;
  const isNamed = "expected" in hosts ? false : Boolean(host || hostaddr || port);
  return {
    name,
    hosts: "expected" in hosts || !isNamed ? [] : hosts.map((one) => hostOf(one, own.torn)),
    parameters: explicitParameters(own),
    actions: null,
    waits: null,
    notes: [],
  };
}

function hostOf(
  { host, hostaddr, port }: { host?: string; hostaddr?: string; port?: string },
  torn: Given["torn"],
) {
  const isPort = port && /^\s*\d+\s*$/.test(port) && !torn?.has("port");
  return {
    host: torn?.has("host") ? "***" : (host ?? hostaddr ?? null),
    port: isPort ? Number(port) : null,
  };
}

async function loadedEntries(
  targets: readonly string[],
  flags: ShowFlags,
  own: ShownOwn[],
): Promise<readonly ShownEntry[] | ConfigError> {
  const loaded = await loadOnce(flags, targets);
  if (!loaded.ok) return loaded.error;
  const { settings, fleet } = loaded;
  own.push(...ownOf(settings));
  for (const warning of settings.warnings) complain(`pgparade: ${warning}`);
  for (const { cluster } of settings.sources)
    complain(`pgparade: the members of ${safeName(cluster)} are asked for when it is watched`);
  // Everything, unless something was chosen: which clusters the screen begins with does not matter here.
  const nodes = flags.cluster === undefined && flags.group === undefined ? fleet.nodes : settings.nodes;
  const shown = fleet.entries.map(async (entry) => {
    const members = nodes.filter(({ name }) => entry.servers.has(name));
    const [first] = members;
    if (!first) return [];
    if (flags.explicit) return [explicitEntry(entry.name, entry.own)];
    return [await shownEntry(entry, first, members, settings.readOnlyBy)];
  });
  return (await Promise.all(shown)).flat();
}

/** The views and rules of the file, with what counts for each. */
function ownOf({ views, rules }: Settings): readonly ShownOwn[] {
  const ofViews = views.map(({ name, everyMs = 0, scope, runsOn }) => ({
    ...{ view: name, every: holdTime.print(everyMs), runs_on: runsOn, scope },
  }));
  const ofRules = rules.map(({ name, needs, unit, default: { warning, critical, forMs } }) => {
    const { print: printed } = level(unit);
    const levels = { warning: printed(warning), critical: printed(critical), for: holdTime.print(forMs) };
    return { rule: name, views: needs.map((view) => view.name), ...levels };
  });
  return [...ofViews, ...ofRules];
}

async function shownEntry(
  entry: Entry,
  first: NodeSettings,
  members: readonly NodeSettings[],
  readOnlyBy: Settings["readOnlyBy"],
): Promise<ShownEntry> {
  const origins = await Promise.all(
    members.map((node) => passwordOrigin(node, entry.given.where("password"))),
  );
  const password = origins.find((origin) => origin.found !== null)?.found ?? null;
  const key = await keyPassphraseOrigin(first, entry.given.where("sslpassword"));
  const secrets = Object.entries({ password, sslpassword: key.found }).flatMap(([keyword, origin]) =>
    origin === null ? [] : [[keyword, { value: "***", ...origin }] as const],
  );
  return {
    name: entry.name,
    hosts: members.map(({ connection: { host, port } }) => ({
      host: entry.own.torn?.has("host") ? "***" : host,
      port: entry.own.torn?.has("port") ? null : port,
    })),
    parameters: {
      ...effectiveParameters(entry, first.pool, process.env),
      ...Object.fromEntries(secrets),
    },
    actions: actionsOf(first, readOnlyBy),
    waits: saidBy(first.waits, first.waitsFrom),
    notes: [
      ...(first.ssh === null ? [] : [`through ssh ${first.ssh.host}`]),
      ...(members.length > 1 ? [`watched as ${members.map(({ name }) => name).join(", ")}`] : []),
      ...new Set([...origins, key].flatMap(({ notes }) => notes)),
    ],
  };
}

function actionsOf({ actions, actionsFrom }: NodeSettings, readOnlyBy: Settings["readOnlyBy"]): Effective {
  if (readOnlyBy !== null) return { value: "none", source: "env", where: readOnlyBy };
  return saidBy(actions, actionsFrom);
}

function saidBy(value: string, from: string | null): Effective {
  return from === null ? { value, source: "default", where: "" } : { value, source: "config", where: from };
}
