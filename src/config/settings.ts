import type { ConnectionParameters } from "../postgres/conninfo/conninfo.ts";
import type { Thresholds } from "../rules/all.ts";
import type { Rule } from "../rules/rule.ts";
import type { ActionLevel, ReadOnlyBy } from "../stats/action-level.ts";
import type { AddressRule } from "../stats/address-rules.ts";
import type { Secret } from "../text/secret.ts";
import type { AskedView } from "../views/view.ts";

export const colours = ["red", "green", "yellow", "blue", "magenta", "cyan", "white", "gray"] as const;
export type Colour = (typeof colours)[number];

export const themes = ["dark", "light", "high-contrast", "colour-blind"] as const;
export type ThemeName = (typeof themes)[number];

export const logLevels = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof logLevels)[number];

export const waitTimes = ["always", "shown"] as const;

/** One server to watch, with every default filled in. */
export type NodeSettings = {
  readonly name: string;
  readonly cluster: string | null;
  readonly group: string | null;
  readonly colour: Colour | null;
  /** Marks a server where a slip is dear. */
  readonly production: boolean;
  readonly connection: ConnectionParameters;
  readonly pool: PoolSettings;
  readonly statementTimeoutMs: number;
  readonly lockTimeoutMs: number;
  readonly thresholds: Thresholds;
  /** Where a password is looked for, in this order; the first source that has one wins. */
  readonly passwords: readonly PasswordSource[];
  /** Where the passphrase of `sslkey` is looked for when the key is encrypted. */
  readonly keyPassphrases: readonly PasswordSource[];
  /** A password may be sent in clear over a connection that is neither verified TLS nor local. */
  readonly allowCleartext: boolean;
  /** What a user may do there from the screen. Monitoring itself only reads, whatever this says: see `readOnly`. */
  readonly actions: ActionLevel;
  /** The option that says so, such as `clusters.orders.actions`; null where none does. */
  readonly actionsFrom: string | null;
  /** When active sessions are sampled for the waits, and the option that says so; null where none does. */
  readonly waits: (typeof waitTimes)[number];
  readonly waitsFrom: string | null;
  /** How our own questions are asked: each in a read-only transaction that is undone. No action depends on it. */
  readonly readOnly: boolean;
  /** False for a standby with hot_standby = off: that it accepts no connections is no alarm. */
  readonly hotStandby: boolean;
  readonly ssh: SshSettings | null;
};

/** Where a secret that is given as such stands, when that is not the config file. */
export type SecretPlace = "the connection string" | "the service" | "PGPASSWORD" | "what was typed";

/** What a field such as `passphrase_file` is of, when it is no password. */
export type OtherSecret = "passphrase" | "sslpassword";

export type PasswordSource =
  /** In the string, the file or a ${VAR} of it. */
  | { readonly kind: "inline"; readonly secret: Secret; readonly from?: SecretPlace }
  | { readonly kind: "environment"; readonly variable: string }
  | { readonly kind: "file"; readonly path: string; readonly of?: OtherSecret }
  /** A program and its arguments, no shell; asked again when `ttlMs` is over or the server refuses. */
  | {
      readonly kind: "command";
      readonly argv: readonly string[];
      readonly ttlMs: number | null;
      readonly of?: OtherSecret;
    }
  /** Under the node's own name unless it says another. */
  | { readonly kind: "keyring"; readonly name?: string }
  /** libpq's password file. */
  | { readonly kind: "passfile"; readonly path: string };

/** A source that is found without knowing the server. */
export type NamedSource = Exclude<PasswordSource, { readonly kind: "keyring" | "passfile" }>;

/** The bastion that a node is reached through. */
export type SshSettings = {
  readonly host: string;
  readonly port: number | null;
  readonly user: string | null;
  readonly identityFile: string | null;
  readonly passphrase: readonly PasswordSource[];
  readonly passwords: readonly PasswordSource[];
  /** The agent's socket, or null for SSH_AUTH_SOCK. */
  readonly agent: string | null;
  readonly knownHosts: readonly string[];
  /** The ssh_config to look `host` up in; null reads none. */
  readonly config: string | null;
};

export type PoolSettings = {
  readonly max: number;
  readonly idleTimeoutMs: number;
  /** 0 is no limit. */
  readonly maxLifetimeMs: number;
  readonly acquireTimeoutMs: number;
  readonly connectTimeoutMs: number;
  /** Sessions in other databases than the node's own at most; 0 asks no other. */
  readonly databases: number;
  readonly databaseIdleMs: number;
};

export type ClusterSettings = {
  readonly name: string;
  readonly colour: Colour | null;
  readonly production: boolean;
  readonly nodes: readonly string[];
};

/** Where the members of a cluster are asked for. Each kind is a source of its own. */
export type SourceSettings = PatroniSettings | SrvSettings | CommandSettings | ReplicationSettings;

export type PatroniSettings = {
  readonly kind: "patroni";
  readonly cluster: string;
  /** REST addresses of members, without a slash at the end, asked in this order. */
  readonly urls: readonly string[];
  /** Where what members say of themselves is for us. */
  readonly addresses: readonly AddressRule[];
  /** The file of the authorities that vouch for them; null for those of the runtime. */
  readonly sslrootcert: string | null;
  /** The files of the certificate that we show them, and of its key. */
  readonly client: { readonly cert: string; readonly key: string } | null;
  readonly login: RestLogin | null;
  readonly deadlineMs: number;
};

/** What is sent where Patroni asks for a login, which it does before it changes anything. */
export type RestLogin = {
  readonly username: string;
  readonly passwords: readonly NamedSource[];
  /** The password may be sent over http to another host. */
  readonly allowCleartext: boolean;
  /** Variables that a program which tells the password does not inherit. */
  readonly hiddenVariables: readonly string[];
};

type SrvSettings = {
  readonly kind: "srv";
  readonly cluster: string;
  /** What has the SRV records: `_postgresql._tcp.db.example.com`. */
  readonly name: string;
  readonly deadlineMs: number;
};

type CommandSettings = {
  readonly kind: "command";
  readonly cluster: string;
  /** The program and its arguments. */
  readonly argv: readonly string[];
  /** What it must not inherit. */
  readonly hiddenVariables: readonly string[];
  readonly deadlineMs: number;
};

/** The written nodes of the cluster tell of the others. */
type ReplicationSettings = {
  readonly kind: "replication";
  readonly cluster: string;
  /** Where what they say of each other is for us, and where a standby is, by its application_name. */
  readonly addresses: readonly AddressRule[];
  readonly deadlineMs: number;
};

/** The node that a discovered member is. */
export type MemberNode = {
  readonly node: string;
  readonly cluster: string;
  readonly member: string;
  /** Members of its cluster with the same address: which of them answers there nobody knows. */
  readonly others: readonly string[];
};

/** A member that is listed and no node, and why. */
export type LeftOutMember = { readonly cluster: string; readonly member: string; readonly why: string };

export type GroupSettings = {
  readonly name: string;
  readonly colour: Colour | null;
  /** Its nodes are hidden below its name at the start. */
  readonly folded: boolean;
};

/** The whole configuration of one run: flags, environment, file and defaults merged and checked. */
export type Settings = {
  /** The file that was read; null when there is none. */
  readonly file: string | null;
  readonly refreshMs: number;
  readonly theme: ThemeName;
  readonly ascii: boolean;
  /** False by --no-color, PGPARADE_COLOR or NO_COLOR. */
  readonly color: boolean;
  readonly logLevel: LogLevel;
  /** What takes all actions of this run away; null when nothing does. */
  readonly readOnlyBy: Exclude<ReadOnlyBy, "switch"> | null;
  readonly nodes: readonly NodeSettings[];
  /** The names of all nodes of the file, watched or not; what else is watched comes from the command line. */
  readonly fileNodes: readonly string[];
  /** The names under `nodes:` in the file. One that is a string with several hosts stands for several nodes. */
  readonly fileEntries: readonly string[];
  readonly clusters: readonly ClusterSettings[];
  /** In the order of the screen, also those without a node. */
  readonly groups: readonly GroupSettings[];
  /** The views of the file, in its order. */
  readonly views: readonly AskedView[];
  /** The rules of the file, in its order. */
  readonly rules: readonly Rule[];
  /** Where more nodes are asked for, of the clusters that are watched. */
  readonly sources: readonly SourceSettings[];
  /** What the sources listed, also where the node is written in the file; empty before they were asked. */
  readonly members: readonly MemberNode[];
  readonly leftOut: readonly LeftOutMember[];
  /** What works but looks like a slip; shown once at the start. Holds no secret. */
  readonly warnings: readonly string[];
};

/** The command line's options as the user typed them. */
export type Flags = {
  readonly config?: string | undefined;
  readonly cluster?: string | undefined;
  readonly group?: string | undefined;
  readonly refresh?: string | undefined;
  readonly theme?: string | undefined;
  readonly ascii?: boolean | undefined;
  readonly color?: boolean | undefined;
  readonly logLevel?: string | undefined;
  readonly readOnly?: boolean | undefined;
};
