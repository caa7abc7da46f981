import { z } from "zod";
import { alertRules } from "../stats/thresholds.ts";
import {
  colour,
  connectionFields,
  connectionString,
  name,
  nodeOptions,
  passwordFields,
  poolOptions,
  programOptions,
} from "./options.ts";
import { sshFields } from "./ssh.ts";
import { boolean, type Kind, level } from "./values.ts";

/** One value. A wrong one becomes a custom issue that carries its kind. */
function field<T>(kind: Kind<T>) {
  return z
    .unknown()
    .transform((given, context): T => {
      const value = kind.parse(given);
      if (value !== undefined) return value;
      context.addIssue({ code: "custom", message: kind.expected, params: { kind } });
      return z.NEVER;
    })
    .optional();
}

/** A map with known keys. The message of its issues is the list of them, for the suggestion. */
function section<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const map = z.strictObject(shape, { error: () => Object.keys(shape).join(" ") });
  return z.preprocess((given) => given ?? {}, map).optional();
}

function named<Entry extends z.ZodType>(entry: Entry) {
  return z.preprocess((given) => given ?? {}, z.record(z.string(), entry, { error: () => "" })).optional();
}

const thresholds = section(
  Object.fromEntries(
    Object.entries(alertRules).map(([rule, { unit }]) => [
      rule,
      section({ warning: field(level(unit)), critical: field(level(unit)) }),
    ]),
  ),
);

const sshSection = {
  host: field(sshFields.host).unwrap(),
  port: field(sshFields.port),
  user: field(sshFields.user),
  identity_file: field(sshFields.identity_file),
  passphrase_env: field(sshFields.passphrase_env),
  passphrase_file: field(sshFields.passphrase_file),
  passphrase_command: field(sshFields.passphrase_command),
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
  .optional();

const fields = {
  host: field(connectionFields.host),
  port: field(connectionFields.port),
  database: field(connectionFields.database),
  user: field(connectionFields.user),
  password: field(connectionFields.password),
  sslmode: field(connectionFields.sslmode),
  sslrootcert: field(connectionFields.sslrootcert),
  sslcert: field(connectionFields.sslcert),
  sslkey: field(connectionFields.sslkey),
  password_env: field(passwordFields.password_env),
  password_file: field(passwordFields.password_file),
  password_command: field(passwordFields.password_command),
  group: field(name),
  colour: field(colour),
  production: field(boolean),
  allow_cleartext: field(boolean),
  read_only: field(boolean),
  ssh,
  pool: section({
    max: field(poolOptions.max.kind),
    idle_timeout: field(poolOptions.idle_timeout.kind),
    max_lifetime: field(poolOptions.max_lifetime.kind),
    acquire_timeout: field(poolOptions.acquire_timeout.kind),
    connect_timeout: field(poolOptions.connect_timeout.kind),
  }),
  statement_timeout: field(nodeOptions.statement_timeout.kind),
  lock_timeout: field(nodeOptions.lock_timeout.kind),
  thresholds,
};

const node = z.preprocess(
  (given) => (typeof given === "string" ? { connection: given } : given),
  z.strictObject(
    { connection: field(connectionString), ...fields },
    { error: () => ["connection", ...Object.keys(fields)].join(" ") },
  ),
);

const cluster = z.strictObject(
  {
    nodes: z.array(field(name).unwrap(), { error: () => "" }),
    default: field(boolean),
    colour: field(colour),
    production: field(boolean),
    ssh,
  },
  { error: () => "nodes default colour production ssh" },
);

const group = section({ colour: field(colour), folded: field(boolean) });

/** The config file. */
export const schema = z.strictObject(
  {
    refresh: field(programOptions.refresh.kind),
    theme: field(programOptions.theme.kind),
    ascii: field(programOptions.ascii.kind),
    color: field(programOptions.color.kind),
    log_level: field(programOptions.log_level.kind),
    defaults: section(fields),
    thresholds,
    nodes: named(node),
    clusters: named(cluster),
    groups: named(group),
  },
  { error: () => "refresh theme ascii color log_level defaults thresholds nodes clusters groups" },
);

export type FileValues = z.output<typeof schema>;
