import { join, resolve } from "node:path";
import type { ConnectionParameters } from "../../postgres/conninfo/conninfo.ts";
import type { Secret } from "../../text/secret.ts";
import { fromHome, homeFolder } from "../home.ts";
import type { Environment } from "../interpolate.ts";
import type { NamedSource, OtherSecret, PasswordSource, SecretPlace } from "../settings.ts";
import type { Command } from "../values.ts";
import type { Giver } from "./resolution.ts";

/** The fields of a node, or of `defaults`, that say where its password is. */
type SourceFields = {
  readonly password_env?: string | undefined;
  readonly password_file?: string | undefined;
  readonly password_command?: Command | undefined;
};

/** Who gave a secret as such; `defaults` is the file's, for all its nodes. */
export type SecretGiver = Giver | "defaults";

/** A server, and who gave its password and its key's passphrase, where they are given as such. */
export type GivenServer = {
  readonly connection: ConnectionParameters;
  readonly passwordGiver: SecretGiver;
  readonly keyPassphraseGiver: SecretGiver;
};

/**
 * Where a node's password is looked for: its own string or field, the variable, the file and the program that the
 * node names (or `defaults`, when the node names none), PGPASSWORD, the keyring, libpq's password file.
 */
export function passwordSources(
  { connection, passwordGiver }: GivenServer,
  node: SourceFields,
  defaults: SourceFields,
  environment: Environment,
): readonly PasswordSource[] {
  const { password, passfile } = connection;
  const named = (fields: SourceFields) => namedSources(fields, environment);
  return [
    ...inOrder(password, passwordGiver, named(node), named(defaults)),
    { kind: "keyring" },
    { kind: "passfile", path: passfile ?? join(homeFolder(environment), ".pgpass") },
  ];
}

/** A secret that is given as such and the sources that are named; what every node inherits is the further away. */
function inOrder(
  secret: Secret | null,
  giver: SecretGiver,
  own: readonly PasswordSource[],
  inherited: readonly PasswordSource[],
): readonly PasswordSource[] {
  const from = places[giver];
  const inline: PasswordSource[] = secret === null ? [] : [{ kind: "inline", secret, ...(from && { from }) }];
  const said = own.length > 0 ? own : inherited;
  const isFurther = giver === "env" || (giver === "defaults" && own.length > 0);
  return isFurther ? [...said, ...inline] : [...inline, ...said];
}

const places: { readonly [giver in SecretGiver]?: SecretPlace } = {
  string: "the connection string",
  service: "the service",
  env: "PGPASSWORD",
};

type KeyFields = {
  readonly sslpassword_env?: string | undefined;
  readonly sslpassword_file?: string | undefined;
  readonly sslpassword_command?: Command | undefined;
};

/** Where the passphrase of a client's key is looked for: its own string or field, what the node names, the keyring. */
export function keyPassphraseSources(
  { connection, keyPassphraseGiver }: GivenServer,
  node: KeyFields,
  defaults: KeyFields,
  environment: Environment,
): readonly PasswordSource[] {
  const named = (fields: KeyFields) =>
    namedSources(
      {
        password_env: fields.sslpassword_env,
        password_file: fields.sslpassword_file,
        password_command: fields.sslpassword_command,
      },
      environment,
      "sslpassword",
    );
  return [
    ...inOrder(connection.sslpassword, keyPassphraseGiver, named(node), named(defaults)),
    { kind: "keyring", name: keyringNameOfKey("ssl", keyFile(connection, environment)) },
  ];
}

/** The file of a client's key: the one that is named, or libpq's own. */
export function keyFile({ sslkey }: ConnectionParameters, environment: Environment): string {
  return sslkey ?? join(homeFolder(environment), ".postgresql", "postgresql.key");
}

/** The name that a key's passphrase has in the keyring, so that all who use the key for this share it. */
export function keyringNameOfKey(use: "ssh" | "ssl", file: string): string {
  return `${use} key ${resolve(file)}`;
}

/** The sources that fields name; `other` is what they are of when that is no password. */
export function namedSources(
  { password_env: variable, password_file: file, password_command: program }: SourceFields,
  environment: Environment,
  other?: OtherSecret,
): NamedSource[] {
  const of = other && { of: other };
  return [
    ...(variable === undefined ? [] : [{ kind: "environment" as const, variable }]),
    ...(file === undefined ? [] : [{ kind: "file" as const, path: fromHome(file, environment), ...of }]),
    ...(program === undefined ? [] : [{ kind: "command" as const, ...program, ...of }]),
  ];
}
