import { type SourceKind, sourceNames } from "../../stats/discovery.ts";
import { Secret } from "../../text/secret.ts";
import { addressRules, readAddress } from "../addresses.ts";
import { optionName } from "../error.ts";
import { fromHome } from "../home.ts";
import { poolOptions } from "../options.ts";
import type { FileValues } from "../schema.ts";
import type { NamedSource, RestLogin, SourceSettings } from "../settings.ts";
import type { Ground } from "./nodes.ts";
import { namedSources } from "./passwords.ts";
import { secretVariables } from "./secret-variables.ts";

/** What stands below `discover:` of a cluster. */
export type Discover = NonNullable<NonNullable<FileValues["clusters"]>[string]["discover"]>;

const kinds = Object.keys(sourceNames) as readonly SourceKind[];

/** Where the members of each cluster are asked for, in the order of the file: one source for each. */
export function discoverySources(ground: Ground): readonly SourceSettings[] {
  const { file, problems } = ground;
  return clustersThatDiscover(file.values).flatMap(([cluster, discover]): SourceSettings[] => {
    const path = ["clusters", cluster, "discover"];
    const refuse: Refuse = (under, expected, found, fix) => {
      const at = [...path, ...under];
      problems.push({ where: file.where(at), option: optionName(at), expected, found, fix });
      return [];
    };
    for (const from of Object.keys(discover.addresses ?? {}))
      if (!readAddress(from))
        refuse(["addresses"], "a host, or host:port", "another key", "For example: 10.0.0.1:5432.");
    const [kind, another] = kinds.filter((one) => discover[one] !== undefined);
    // That the source which is written is wrong was told already.
    if (kind === undefined && kinds.some((one) => file.place([...path, one]) !== undefined)) return [];
    if (kind === undefined) return refuse([], `a source of members: ${kinds.join(" or ")}`, "none", example);
    if (another !== undefined)
      return refuse([another], "one source of members", `${another} beside ${kind}`, "Remove one of them.");
    const [ofPatroni] = patroniFields.filter((field) => discover[field] !== undefined);
    if (ofPatroni !== undefined && kind !== "patroni")
      refuse([ofPatroni], "patroni, which is asked with it", kind, "Of the members it stands in node.");
    return settingsOf[kind](cluster, discover, ground, refuse);
  });
}

type Refuse = (under: readonly string[], expected: string, found: string, fix: string) => [];

const example = "For example: patroni: [http://db1.example.com:8008].";

type Resolve<Kind extends SourceKind> = (
  cluster: string,
  discover: Discover,
  ground: Ground,
  refuse: Refuse,
) => Extract<SourceSettings, { readonly kind: Kind }>[];

const settingsOf: { readonly [Kind in SourceKind]: Resolve<Kind> } = {
  patroni: (cluster, discover, ground, refuse) => {
    const urls = discover.patroni ?? [];
    if (urls.length === 0) return refuse([], "addresses of Patroni's REST API", "none", example);
    const { addresses, sslrootcert, sslcert, sslkey } = discover;
    const { environment } = ground;
    if ((sslcert === undefined) !== (sslkey === undefined))
      refuse(["sslcert"], "sslcert and sslkey", "one of them", "Give the certificate and its key.");
    const client =
      sslcert === undefined || sslkey === undefined
        ? null
        : { cert: fromHome(sslcert, environment), key: fromHome(sslkey, environment) };
    return [
      {
        kind: "patroni",
        cluster,
        urls,
        addresses: addressRules(addresses),
        sslrootcert: sslrootcert === undefined ? null : fromHome(sslrootcert, environment),
        client,
        login: loginOf(discover, ground, refuse),
        deadlineMs: deadlineOf(discover, ground),
      },
    ];
  },
  srv: (cluster, discover, ground) => {
    const { srv: name } = discover;
    return name === undefined
      ? []
      : [{ kind: "srv", cluster, name, deadlineMs: deadlineOf(discover, ground) }];
  },
  command: (cluster, { command: argv }, { file }) =>
    argv === undefined
      ? []
      : [{ kind: "command", cluster, argv, hiddenVariables: secretVariables(file), deadlineMs: commandMs }],
  replication: (cluster, discover, ground, refuse) => {
    if (discover.replication !== true)
      return refuse(["replication"], "true", "false", "Remove discover where no member is looked for.");
    if (!ground.file.values.clusters?.[cluster]?.nodes?.length)
      return refuse(
        ["replication"],
        "nodes of the cluster, which tell of the others",
        "none",
        "Add nodes: [NAME].",
      );
    const deadlineMs = deadlineOf(discover, ground) + firstLookMs;
    return [{ kind: "replication", cluster, addresses: addressRules(discover.addresses), deadlineMs }];
  },
};

const patroniFields = [
  ...["sslrootcert", "sslcert", "sslkey", "username", "password"],
  ...["password_env", "password_file", "password_command", "allow_cleartext"],
] as const;

/** The login of the REST API; a name without a password, or a password without a name, is a slip. */
function loginOf(discover: Discover, { file, environment }: Ground, refuse: Refuse): RestLogin | null {
  const { username, password, allow_cleartext: allowCleartext = false } = discover;
  const inline: NamedSource[] =
    password === undefined ? [] : [{ kind: "inline", secret: new Secret(password) }];
  const passwords = [...inline, ...namedSources(discover, environment)];
  if (username === undefined && passwords.length === 0) return null;
  if (username === undefined || passwords.length === 0) {
    const [given, wanted] =
      username === undefined ? ["a password", "username"] : ["username", "password_env"];
    refuse([], "username and a password of Patroni's restapi", `${given} alone`, `Add ${wanted}.`);
    return null;
  }
  return { username, passwords, allowCleartext, hiddenVariables: secretVariables(file) };
}

/** So soon after a login a node is asked for more than its pulse, and has answered. */
const firstLookMs = 5000;

/** Many ask the interface of a cloud. */
const commandMs = 10_000;

/** A source may take as long as the login of one of its members. */
function deadlineOf({ node }: Discover, { file }: Ground): number {
  return (
    node?.pool?.connect_timeout ??
    file.values.defaults?.pool?.connect_timeout ??
    poolOptions.connect_timeout.default
  );
}

export function clustersThatDiscover({
  clusters = {},
}: FileValues): readonly (readonly [string, Discover])[] {
  return Object.entries(clusters).flatMap(([name, { discover }]) =>
    discover === undefined ? [] : [[name, discover] as const],
  );
}
