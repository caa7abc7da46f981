import { z } from "zod";
import { rules } from "../rules/all.ts";
import { address, restAddress, serviceName } from "./addresses.ts";
import {
  actions,
  colour,
  connectionFields,
  connectionString,
  hotStandby,
  keyPassphraseFields,
  name,
  nodeOptions,
  passwordFields,
  poolOptions,
  programOptions,
  restLogin,
  waits,
} from "./options.ts";
import { sshFields } from "./resolve/ssh.ts";
import { field, named, needsOneOf, option, or, section } from "./schema-parts.ts";
import { boolean, holdTime, level, program } from "./values.ts";

const thresholds = section(
  Object.fromEntries(
    rules.map(({ name: rule, unit }) => [
      rule,
      section({ warning: field(level(unit)), critical: field(level(unit)), for: field(holdTime) }),
    ]),
  ),
);

const sshSection = {
  host: field(sshFields.host).unwrap(),
  port: field(sshFields.port),
  user: field(sshFields.user),
  identity_file: field(sshFields.identity_file),
  passphrase: field(sshFields.passphrase),
  passphrase_env: field(sshFields.passphrase_env),
  passphrase_file: field(sshFields.passphrase_file),
  passphrase_command: field(sshFields.passphrase_command),
  password: field(sshFields.password),
  password_env: field(sshFields.password_env),
  password_file: field(sshFields.password_file),
  password_command: field(sshFields.password_command),
  agent: field(sshFields.agent),
  known_hosts: field(sshFields.known_hosts),
  config: field(sshFields.config),
};

/** A map of fields, or only the host. */
const ssh = z
  .preprocess(
    (given, context) => {
      if (typeof given !== "string") return given;
      const host = sshFields.host.parse(given);
      if (host !== undefined) return { host };
      context.addIssue({
        code: "custom",
        message: sshFields.host.expected,
        params: { kind: sshFields.host },
      });
      return z.NEVER;
    },
    z.strictObject(sshSection, { error: () => Object.keys(sshSection).join(" ") }),
  )
  .register(z.globalRegistry, or({ ...sshFields.host.json, description: sshFields.host.expected }))
  .optional();

/** What nodes have in common that are different servers. */
const sharedFields = {
  database: field(connectionFields.database),
  user: field(connectionFields.user),
  password: field(connectionFields.password),
  sslmode: field(connectionFields.sslmode),
  sslrootcert: field(connectionFields.sslrootcert),
  sslcert: field(connectionFields.sslcert),
  sslkey: field(connectionFields.sslkey),
  sslpassword: field(connectionFields.sslpassword),
  sslpassword_env: field(keyPassphraseFields.sslpassword_env),
  sslpassword_file: field(keyPassphraseFields.sslpassword_file),
  sslpassword_command: field(keyPassphraseFields.sslpassword_command),
  sslcrl: field(connectionFields.sslcrl),
  sslcertmode: field(connectionFields.sslcertmode),
  sslnegotiation: field(connectionFields.sslnegotiation),
  ssl_min_protocol_version: field(connectionFields.ssl_min_protocol_version),
  ssl_max_protocol_version: field(connectionFields.ssl_max_protocol_version),
  require_auth: field(connectionFields.require_auth),
  channel_binding: field(connectionFields.channel_binding),
  password_env: field(passwordFields.password_env),
  password_file: field(passwordFields.password_file),
  password_command: field(passwordFields.password_command),
  group: field(name),
  colour: field(colour),
  production: field(boolean),
  allow_cleartext: field(boolean),
  actions: option(actions),
  waits: option(waits),
  read_only: field(boolean),
  hot_standby: field(hotStandby),
  ssh,
  pool: section({
    max: option(poolOptions.max),
    idle_timeout: option(poolOptions.idle_timeout),
    max_lifetime: option(poolOptions.max_lifetime),
    acquire_timeout: option(poolOptions.acquire_timeout),
    connect_timeout: option(poolOptions.connect_timeout),
    databases: option(poolOptions.databases),
    database_idle: option(poolOptions.database_idle),
  }),
  statement_timeout: option(nodeOptions.statement_timeout),
  lock_timeout: option(nodeOptions.lock_timeout),
  thresholds,
};

const fields = { host: field(connectionFields.host), port: field(connectionFields.port), ...sharedFields };

const node = z
  .preprocess(
    (given) => (typeof given === "string" ? { connection: given } : given),
    z.strictObject(
      { connection: field(connectionString), ...fields },
      { error: () => ["connection", ...Object.keys(fields)].join(" ") },
    ),
  )
  .register(z.globalRegistry, or({ ...connectionString.json, description: connectionString.expected }));

const discover = section({
  patroni: z.array(field(restAddress).unwrap(), { error: () => "" }).optional(),
  srv: field(serviceName),
  command: field(program),
  replication: field(boolean, "its nodes tell of the other servers, by whom they replicate with: true"),
  addresses: named(field(address).unwrap()),
  sslrootcert: field(connectionFields.sslrootcert),
  sslcert: field(connectionFields.sslcert),
  sslkey: field(connectionFields.sslkey),
  username: field(restLogin.username),
  password: field(restLogin.password),
  password_env: field(restLogin.password_env),
  password_file: field(restLogin.password_file),
  password_command: field(restLogin.password_command),
  allow_cleartext: field(boolean),
  node: section(sharedFields),
});

const cluster = z
  .strictObject(
    {
      nodes: z.array(field(name).unwrap(), { error: () => "" }).optional(),
      discover,
      default: field(boolean),
      colour: field(colour),
      production: field(boolean),
      actions: option(actions),
      waits: option(waits),
      ssh,
      thresholds,
    },
    { error: () => "nodes discover default colour production actions waits ssh thresholds" },
  )
  .register(z.globalRegistry, { [needsOneOf]: ["nodes", "discover"] });

const group = section({ colour: field(colour), folded: field(boolean), thresholds });

/** The config file. */
export const schema = z.strictObject(
  {
    refresh: option(programOptions.refresh),
    theme: option(programOptions.theme),
    ascii: option(programOptions.ascii),
    color: option(programOptions.color),
    log_level: option(programOptions.log_level),
    defaults: section(fields),
    thresholds,
    nodes: named(node),
    clusters: named(cluster),
    groups: named(group),
  },
  { error: () => "refresh theme ascii color log_level defaults thresholds nodes clusters groups" },
);

export type FileValues = z.output<typeof schema>;
